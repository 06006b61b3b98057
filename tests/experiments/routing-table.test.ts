import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ofNumber } from "../../src/experiments/across-seeds.ts";
import { experimentNamed } from "../../src/experiments/registry.ts";
import { readResult } from "../../src/experiments/result.ts";
import { plusMinus, sharePlusMinus } from "../../src/experiments/words.ts";

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const { outcomes } = readResult(JSON.parse(read("public/experiments/routing-replay.json")));
const document = read("docs/routing-replay.md");

/** A row of the document's table: what it is called, the number of each arm, how it is written. */
const ROWS = [
  ["flipped routes, of all (token, layer)", "flipped", sharePlusMinus],
  ["tokens with a flipped route", "flipped-tokens", sharePlusMinus],
  ["spread of token ratios, sd log r", "spread", plusMinus],
  ["spread of sequence ratios, sd log s", "sequence-spread", plusMinus],
  ["farthest token ratio of a step, r or 1 / r", "hottest", plusMinus],
  ["clipped, of what the arm has a ratio of", "clipped", sharePlusMinus],
  ["reward of the last 24 steps", "reward", plusMinus],
] as const;
const ARMS = ["token", "token-R2", "token-R3", "sequence"];

const cellsOf = (line: string): string[] =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

test("the document's table is of the recorded result", () => {
  const table = document.split("\n").filter((line) => line.startsWith("|"));
  const expected = ROWS.map(([title, name, written]) => [
    title,
    ...ARMS.map((arm) => written(ofNumber(outcomes, `${name}/${arm}`)!)),
  ]);
  expect(table.slice(2).map(cellsOf)).toEqual(expected);
  expect(cellsOf(table[0]!).slice(1)).toEqual(ARMS);
});

test("the document has the verdict's sentences", () => {
  const { sentences, outcome } = experimentNamed("routing-replay").verdict(outcomes);
  for (const sentence of sentences) expect(document).toContain(sentence);
  expect(document).toContain(`**${outcome}**`);
});
