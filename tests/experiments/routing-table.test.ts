import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ofNumber } from "../../src/experiments/across-seeds.ts";
import { experimentNamed } from "../../src/experiments/registry.ts";
import { readResult } from "../../src/experiments/result.ts";
import { plusMinus, sharePlusMinus } from "../../src/experiments/words.ts";

const read = (path: string): string =>
  readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const document = read("docs/routing-replay.md");
const tables = document.split("\n\n").filter((part) => part.startsWith("|"));

/** A row of the document's tables: what it is called, the number of each arm, how it is written. */
const ROWS = [
  ["flipped routes, of all (token, layer)", "flipped", sharePlusMinus],
  ["tokens with a flipped route", "flipped-tokens", sharePlusMinus],
  ["spread of token ratios, sd log r", "spread", plusMinus],
  ["spread of sequence ratios, sd log s", "sequence-spread", plusMinus],
  ["farthest token ratio of a step, r or 1 / r", "hottest", plusMinus],
  ["clipped, of what the arm has a ratio of", "clipped", sharePlusMinus],
  ["reward of the last 24 steps", "reward", plusMinus],
] as const;
/** Experiments in the order of their tables, and the arms of each. */
const EXPERIMENTS = [
  ["routing-replay", ["token", "token-R2", "token-R3", "sequence"]],
  ["routing-replay-tenth", ["token", "token-R2", "sequence"]],
] as const;

const cellsOf = (line: string): string[] =>
  line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());

describe.each(EXPERIMENTS)("the document on %s", (id, arms) => {
  const { outcomes } = readResult(JSON.parse(read(`public/experiments/${id}.json`)));
  const place = EXPERIMENTS.findIndex(([each]) => each === id);

  test("has the table of the recorded result", () => {
    const lines = tables[place]!.split("\n");
    const expected = ROWS.map(([title, name, written]) => [
      title,
      ...arms.map((arm) => written(ofNumber(outcomes, `${name}/${arm}`)!)),
    ]);
    expect(lines.slice(2).map(cellsOf)).toEqual(expected);
    expect(cellsOf(lines[0]!).slice(1)).toEqual(arms);
  });

  test("has the verdict's sentences", () => {
    const { sentences, outcome } = experimentNamed(id).verdict(outcomes);
    for (const sentence of sentences) expect(document).toContain(sentence);
    expect(document).toContain(`**${outcome}**`);
  });
});
