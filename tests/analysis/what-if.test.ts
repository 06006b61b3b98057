import { describe, expect, test } from "vitest";
import { cellKey, NO_EDITS, whatIf } from "../../src/analysis/what-if.ts";
import { workedExample } from "../../src/analysis/worked-example.ts";
import type { StepRecord } from "../../src/record/record.ts";
import { EXAMPLE_CONFIG, sortGroup } from "../support/example-record.ts";
import { expectClose } from "../support/numeric.ts";

const FIELDS = [
  "logp",
  "logRatio",
  "tokenRatio",
  "sequenceRatio",
  "tokenClipped",
  "sequenceClipped",
  "advantage",
  "tokenCoefficient",
  "sequenceCoefficient",
  "coefficient",
  "gradient",
] as const satisfies readonly (keyof StepRecord)[];

/** Every log-ratio of `to`, as edits of a record that has others. */
const editsTowards = (to: StepRecord) => ({
  ...NO_EDITS,
  rewards: new Map<number, number>(),
  logRatios: new Map(
    Array.from({ length: to.rows }, (_, row) =>
      Array.from(
        { length: to.length[row]! },
        (_, token) => [cellKey({ row, token }), to.logRatio[row * to.columns + token]!] as const,
      ),
    ).flat(),
  ),
});

describe.each([
  ["token level", {}],
  ["sequence level", { importance_sampling_level: "sequence" as const, epsilon: 0.05 }],
  ["bnpo with KL", { loss_type: "bnpo" as const, beta: 0.04 }],
  ["dapo", { loss_type: "dapo" as const }],
  ["dr_grpo", { loss_type: "dr_grpo" as const }],
  ["delta", { delta: 1.3, epsilon: 0.02 }],
])("editing an on-policy batch to another's log-ratios gives that batch: %s", (_, config) => {
  const target = sortGroup(config);
  const start = { ...sortGroup(config, 0), logpRef: target.logpRef };
  const edited = whatIf(start, editsTowards(target));
  test.each(FIELDS)("%s", (field) => {
    expectClose([...edited[field]], [...target[field]], { rtol: 1e-6 });
  });

  test("histograms", () => {
    expect(edited.histograms).toEqual(target.histograms);
  });
});

test("a changed reward moves every advantage of its group and nothing else's", () => {
  const record = { ...sortGroup(), group: Uint32Array.from([0, 0, 0, 0, 1, 1, 1, 1]) };
  const base = whatIf(record, { ...NO_EDITS, rewards: new Map([[0, record.reward[0]!]]) });
  const edited = whatIf(record, { ...NO_EDITS, rewards: new Map([[0, 0]]) });
  expect(edited.advantage[0]).toBeLessThan(base.advantage[0]!);
  expect(edited.advantage[1]).toBeGreaterThan(base.advantage[1]!);
  expect([...edited.advantage.slice(4)]).toEqual([...base.advantage.slice(4)]);
});

test("another band is another config, and edits nothing else", () => {
  const target = sortGroup({ epsilon: 0.05, epsilon_high: 0.05 });
  const edited = whatIf(sortGroup(), { ...NO_EDITS, band: { low: 0.05, high: 0.05 } });
  expect(edited.tokenClipped).toEqual(target.tokenClipped);
  expect(edited.sequenceClipped).toEqual(target.sequenceClipped);
  expectClose([...edited.tokenCoefficient], [...target.tokenCoefficient], { rtol: 1e-6 });
  expect(edited.config).toEqual(target.config);
});

test("without edits the record is the GPU's own", () => {
  const record = sortGroup();
  expect(whatIf(record, NO_EDITS)).toBe(record);
});

describe("the built-in worked example", () => {
  const three = (x: Float32Array) => [...x].map((value) => Number(value.toFixed(3)));

  test("at ε 0.2", () => {
    const record = workedExample(EXAMPLE_CONFIG);
    expect(three(record.advantage)).toEqual([0.866, 0.866, -0.866, -0.866]);
    expect(three(record.tokenCoefficient)).toEqual(
      [
        [0.866, 0.883, 0.857, 0, 0.875, 0.866],
        [0.875, 0.849, 0.641, 0.883, 0.866, 0.892],
        [-0.91, -0.901, -0.919, -0.91, -0.901, -0.919],
        [-0.832, -1.181, 0, -0.883, -0.875, -0.892],
      ].flat(),
    );
    expect(three(record.sequenceCoefficient)).toEqual([0.907, 0.829, -0.91, -0.866]);
    expect([...record.sequenceRatio].map((s) => s.toFixed(4))).toEqual([
      "1.0478",
      "0.9576",
      "1.0513",
      "1.0000",
    ]);
  });

  test("at the paper's ε", () => {
    const record = workedExample({ ...EXAMPLE_CONFIG, epsilon: 3e-4, epsilon_high: 4e-4 });
    expect(three(record.sequenceCoefficient)).toEqual([0, 0.829, -0.91, -0.866]);
  });
});
