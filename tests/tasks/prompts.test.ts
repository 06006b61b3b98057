import { expect, test } from "vitest";
import { promptsFor, rowsFor } from "../../src/tasks/prompts.ts";
import { task } from "../../src/tasks/registry.ts";

const sort = task("sort");
const of = (
  seed: number,
  generation: number,
  count: number,
  dataset = { size: 100, shuffle: true },
) => promptsFor(sort, 6, seed, generation, count, dataset);

test("the same seed and rollout give the same prompts, in any order of asking", () => {
  const late = of(5, 9, 4);
  of(5, 0, 4);
  expect(of(5, 9, 4)).toEqual(late);
});

test("another seed or rollout gives other prompts", () => {
  expect(of(5, 1, 4)).not.toEqual(of(5, 0, 4));
  expect(of(6, 0, 4)).not.toEqual(of(5, 0, 4));
});

test("an epoch goes through each row once and drops what does not fill a rollout", () => {
  const dataset = { size: 10, shuffle: true };
  const epoch = (n: number) => [0, 1, 2].flatMap((g) => rowsFor(dataset, 1, 3 * n + g, 3));
  expect(epoch(0)).toHaveLength(9);
  expect(new Set(epoch(0)).size).toBe(9);
  expect(new Set(epoch(1)).size).toBe(9);
  expect(epoch(1)).not.toEqual(epoch(0));
  expect(Math.max(...epoch(0), ...epoch(1))).toBeLessThan(10);
});

test("an order is its seed's, its epoch's and its dataset's, whatever was asked for before", () => {
  const rows = (seed: number, epoch: number, size: number) =>
    rowsFor({ size, shuffle: true }, seed, epoch, size);
  const orders = [rows(1, 0, 12), rows(2, 0, 12), rows(2, 0, 11), rows(2, 1, 11)];
  expect(new Set(orders.map(String)).size).toBe(4);
  for (const order of orders) expect(order.toSorted((a, b) => a - b)).toEqual([...order.keys()]);
});

test("without shuffling, rows come in order and every epoch is the same", () => {
  const dataset = { size: 7, shuffle: false };
  expect([0, 1, 2, 3].map((g) => rowsFor(dataset, 1, g, 2))).toEqual([
    [0, 1],
    [2, 3],
    [4, 5],
    [0, 1],
  ]);
});

test("a row of the dataset is the same prompt in every epoch", () => {
  const dataset = { size: 4, shuffle: false };
  expect(of(2, 0, 4, dataset)).toEqual(of(2, 1, 4, dataset));
});

test("a rollout cannot take more prompts than there are", () => {
  expect(() => rowsFor({ size: 3, shuffle: true }, 1, 0, 4)).toThrow("takes 4 prompts");
});
