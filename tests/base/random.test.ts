import { expect, test } from "vitest";
import { philox, Purpose, Random } from "../../src/base/random.ts";

// Known answers of Philox4x32-10 from the generator's authors (Random123, kat_vectors).
test("philox agrees with the authors' known answers", () => {
  expect(philox([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  const ones = 0xffffffff;
  expect(philox([ones, ones, ones, ones], [ones, ones])).toEqual([
    0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
  ]);
  expect(
    philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
  ).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
});

test("streams of different purposes and counters differ, equal ones are equal", () => {
  const draw = (...key: ConstructorParameters<typeof Random>) => {
    const random = new Random(...key);
    return [random.uniform(), random.normal(), random.integer(1000)];
  };
  expect(draw(1, Purpose.prompts, 2, 3)).toEqual(draw(1, Purpose.prompts, 2, 3));
  expect(draw(1, Purpose.prompts, 2, 3)).not.toEqual(draw(1, Purpose.weights, 2, 3));
  expect(draw(1, Purpose.prompts, 2, 3)).not.toEqual(draw(1, Purpose.prompts, 3, 2));
});

test("a permutation holds every index once", () => {
  const order = new Random(7, Purpose.shuffle).permutation(100);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(order).not.toEqual(Array.from({ length: 100 }, (_, i) => i));
});
