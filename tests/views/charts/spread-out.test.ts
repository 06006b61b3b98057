import { expect, test } from "vitest";
import { spreadOut } from "../../../src/views/charts/spread-out.ts";

const room = { low: 10, high: 100 };

test("names that have room stand where their lines end", () => {
  expect(spreadOut([80, 20, 50], 14, room)).toEqual([80, 20, 50]);
});

test.each([
  ["in the middle", [50, 49, 51]],
  ["at the top", [12, 10, 13]],
  ["at the bottom", [99, 95, 100]],
  ["everywhere", [50, 49, 51, 95, 96, 11]],
])("names of lines that end together stand apart, in the order of the lines: %s", (_, wanted) => {
  const places = spreadOut(wanted, 14, room);
  const order = wanted.map((_at, index) => index).toSorted((a, b) => wanted[a]! - wanted[b]!);
  const ordered = order.map((index) => places[index]!);
  for (const [i, place] of ordered.entries()) {
    expect(place).toBeLessThanOrEqual(room.high);
    expect(place).toBeGreaterThanOrEqual(room.low);
    if (i > 0) expect(place - ordered[i - 1]!).toBeGreaterThanOrEqual(14);
  }
});
