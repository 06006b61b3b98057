import { expect, test } from "vitest";
import { narrate, narrateRow, narrationText } from "../../src/analysis/narrate.ts";
import { exampleRecord, DIGITS, sortGroup, waveBatch } from "../support/example-record.ts";

const say = (...args: Parameters<typeof narrate>) => narrationText(narrate(...args));

test("k = 0 says why the figures are identical", () => {
  expect(say(sortGroup({}, 0))).toBe(
    "π is π_old, so every ratio is 1. The two figures are identical, and so is the update.",
  );
});

test("a row that moved both ways", () => {
  const told = narrate(sortGroup(), [2]);
  expect(narrationText(told)).toBe(
    "Row 3 moved both ways: token 5 to 1.36×, token 6 to 0.77×. GRPO clips token 6. GSPO’s one ratio is 1.001, so it keeps all 10 tokens.",
  );
  expect(told.row).toBe(2);
});

test("a row that the sequence level clips", () => {
  const record = sortGroup({ epsilon: 0.05, importance_sampling_level: "sequence" });
  expect(say(record)).toBe(
    "Row 6 became less likely as a whole: its one ratio is 0.934. GSPO clips the row, all 5 tokens. GRPO clips tokens 2 and 5.",
  );
});

test("nothing clipped gives the ranges", () => {
  expect(say(sortGroup({ epsilon: 0.9 }))).toBe(
    "Nothing is clipped in view. Token ratios reach from 0.698 to 1.363, sequence ratios from 0.934 to 1.062.",
  );
});

/** Two prompts with two completions each, both of the first with the same reward. */
const pairs = (rewards: readonly number[], logRatios = [0.1, 0.2]) =>
  exampleRecord({
    columns: 2,
    vocabulary: DIGITS,
    rows: rewards.map((reward, row) => ({
      prompt: "p",
      group: Math.floor(row / 2),
      tokens: [3, 1].slice(0, logRatios.length),
      logRatios,
      rewards: [reward],
    })),
    config: { num_generations: 2 },
  });

test("equal rewards push nothing, in every prompt or in the one in view", () => {
  const all = "No row pushes. All completions of each prompt got the same reward";
  expect(say(pairs([1, 1, 0, 0]))).toContain(all);
  expect(say(pairs([1, 1, 0, 0]), [0, 1, 2, 3])).toContain(all);
  expect(say(pairs([1, 1, 0, 1]), [0, 1])).toBe(
    "No row pushes. The completions of this prompt all got the same reward, so their advantages are 0.",
  );
});

test("a row of one token", () => {
  expect(say(pairs([1, 0], [0.3]), [0, 1])).toBe(
    "Row 1 became more likely as a whole: its one ratio is 1.350. GSPO clips the row, its one token. GRPO clips it too.",
  );
});

test("a token that hardly moved did not move both ways", () => {
  const moved = (down: number) => {
    const record = pairs([1, 0], [0.25, down]);
    return say(record, [0]);
  };
  expect(moved(-0.06)).toContain("moved both ways: token 1 to 1.28×, token 2 to 0.94×");
  expect(moved(-0.04)).not.toContain("both ways");
});

test("a loss without a hard clip names itself", () => {
  const record = sortGroup();
  const sapo = { ...record, config: { ...record.config, loss_type: "sapo" as const } };
  expect(say(sapo)).toContain("sapo has no hard clip.");
});

test("a loss that is not a number comes first", () => {
  const record = sortGroup();
  expect(say({ ...record, metrics: { ...record.metrics, loss: NaN } })).toContain("not a number");
});

test("every sentence on a large batch fits two lines", () => {
  for (const epsilon of [0.001, 0.01, 0.03, 0.1, 0.2]) {
    for (const level of ["token", "sequence"] as const) {
      const record = waveBatch({}, { epsilon, importance_sampling_level: level });
      expect(say(record).length).toBeLessThan(170);
    }
  }
});

test("at a narrow band the numbers do not round to 1", () => {
  const record = sortGroup({ epsilon: 3e-4, importance_sampling_level: "sequence" }, 0.003);
  expect(say(record, [5])).toContain("GSPO’s one ratio is 0.99980,");
});

test("a row that was asked about is told of, whatever another one did", () => {
  const tell = (...args: Parameters<typeof narrateRow>) => narrationText(narrateRow(...args));
  const record = sortGroup({ epsilon: 0.05, importance_sampling_level: "sequence" });
  const told = Array.from({ length: record.rows }, (_, row) => narrateRow(record, row));
  expect(told.map(({ row }) => row)).toEqual(told.map((_, row) => row));
  for (const [row, { parts }] of told.entries())
    expect(parts[0]!.text).toContain(`Row ${row + 1} `);
  expect(tell(sortGroup(), 2)).toBe(say(sortGroup(), [2]));
  expect(tell(sortGroup({ epsilon: 0.9 }), 0)).toMatch(
    /^Row 1 is kept at both levels: its token ratios reach from \d\.\d{3} to \d\.\d{3}, its one ratio is \d\.\d{3}\.$/,
  );
  const soft = { ...sortGroup().config, loss_type: "sapo" } as const;
  expect(tell({ ...sortGroup(), config: soft }, 0)).toMatch(
    /^Row 1, without a hard clip: its token/,
  );
  expect(tell(pairs([1, 1, 0, 1]), 0)).toBe(
    "Row 1 does not push: its reward is its group’s mean, so its advantage is 0.",
  );
  expect(tell(sortGroup({}, 0), 1)).toContain("every ratio is 1");
});
