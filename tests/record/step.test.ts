import { afterAll, beforeAll, expect, test } from "vitest";
import type { ArchitectureConfig } from "../../src/config/architecture.ts";
import type { RunConfig } from "../../src/config/types.ts";
import { createRun } from "../../src/engine/run/run.ts";
import { QUANTITIES } from "../../src/record/fields.ts";
import {
  emptyHistograms,
  emptyQuantities,
  isQuantity,
  MATRICES,
  matrixBytes,
  QUANTITY_NAMES,
  rowOf,
} from "../../src/record/quantities.ts";
import { metricOf, OBJECTIVE_METRICS } from "../../src/record/metric-rules.ts";
import { METRICS } from "../../src/record/metrics.ts";
import { recordToJson, type StepRecord } from "../../src/record/record.ts";
import { recordSchema } from "../../src/runs/formats/record-schema.ts";
import { parseRecording, recordingToJson } from "../../src/runs/recording.ts";
import { makeRecord } from "../support/make-record.ts";
import { armAt, smallRun } from "../support/small-run.ts";
import { openDevice } from "../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

const run = smallRun(
  {
    beta: 0.1,
    num_iterations: 2,
    // Tokens that the policy made, and that do not count.
    mask_truncated_completions: true,
    use_adaptive_entropy: true,
    eval_strategy: "steps",
    eval_steps: 1,
  },
  [armAt("sequence")],
);
const config: RunConfig = {
  ...run,
  policy: {
    ...run.policy,
    layers: 3,
    hidden: 12,
    ...({
      architecture: "qwen3_moe",
      mixture: { experts: 4, perToken: 2, denseLayers: [1] },
    } satisfies Partial<ArchitectureConfig>),
  },
};
let record: StepRecord;
beforeAll(async () => {
  const mixture = await createRun({ device, config, weights: null });
  await mixture.advance();
  // The second inner step: ratios are not 1.
  [record] = (await mixture.advance()) as [StepRecord];
  mixture.destroy();
});

/** What the table says of a quantity of this record: its kind and its size. */
function saidOf(name: keyof typeof QUANTITIES, { rows, columns, rewardNames }: StepRecord): string {
  const { per, element } = QUANTITIES[name];
  const kind = { f32: "Float32Array", u32: "Uint32Array", text: "Array" }[element];
  const F = rewardNames.length;
  if (per === "function") return `${kind} of ${F}`;
  if (per === "function and row") return `Array of ${F} of ${kind} of ${rows}`;
  // Two mixtures, two experts of a token in each.
  const each = { token: columns, route: columns * 2 * 2, row: 1 }[per];
  return `${kind} of ${rows * each}`;
}

function isOf(value: unknown): string {
  const { length } = value as ArrayLike<unknown>;
  const first: unknown = Array.isArray(value) ? value[0] : 0;
  const inner = ArrayBuffer.isView(first) ? ` of ${isOf(first)}` : "";
  return `${(value as object).constructor.name} of ${length}${inner}`;
}

test("a step's record has every quantity, of the kind and size that the table says, in its order", () => {
  expect(Object.keys(record).filter(isQuantity)).toEqual(QUANTITY_NAMES);
  for (const name of QUANTITY_NAMES) expect(isOf(record[name]), name).toBe(saidOf(name, record));
  expect(record.routing).toEqual({ layers: [0, 2], experts: 4, perToken: 2 });
});

test("a policy without a mixture leaves a record without routes", async () => {
  const dense = await createRun({ device, config: run, weights: null });
  const [left] = await dense.advance();
  dense.destroy();
  expect(left).not.toHaveProperty("routing");
  const names = QUANTITY_NAMES.filter((name) => rowOf(name).from !== "router");
  expect(Object.keys(left!).filter(isQuantity)).toEqual(names);
  expect(recordSchema.parse(left)).toEqual(left);
  expect(matrixBytes(left!)).toBe(bytesOfMatrices(left!));
});

test("a file's schema refuses routes that a reader would stumble over", () => {
  const { routing, ...lost } = record;
  expect(wrong(lost)).toContain("experts has 128 entries, not 0");
  const beyond = { ...record, expertsOld: record.expertsOld!.with(5, routing!.experts) };
  expect(wrong(beyond)).toContain("an expert is not one of 4");
  const { routerLogRatio: _, ...less } = record;
  expect(wrong(less)).toContain("has routing and no routerLogRatio");
});

const wrong = (value: unknown) => recordSchema.safeParse(value).error?.message;

/** Of all quantities with numbers of each token. */
const bytesOfMatrices = (of: StepRecord): number =>
  MATRICES.reduce((sum, name) => sum + (of[name]?.byteLength ?? 0), 0);

test("files have routes by row, token, mixture and expert", () => {
  const json = recordToJson(record) as {
    expertWeights: number[][][][];
    routerLogRatio: number[][];
  };
  const { columns } = record;
  expect(json.expertWeights[1]![2]![1]![0]).toBe(
    record.expertWeights![((columns + 2) * 2 + 1) * 2],
  );
  expect(json.routerLogRatio[1]![2]).toBe(record.routerLogRatio![columns + 2]);
  expect(json.expertWeights[1]).toHaveLength(columns);
});

test("matrices are 0 where the token does not count, and not everywhere", () => {
  expect(record.mask).toContain(0);
  for (const name of MATRICES) {
    const values = [...record[name]!];
    const each = values.length / record.mask.length;
    const apart = values.filter((value, i) => !record.mask[Math.floor(i / each)] && value !== 0);
    // The policy made these tokens, whether they count or not; nothing may have been clipped.
    if (name !== "tokens") expect(apart, name).toEqual([]);
    if (name !== "tokenClipped") expect(new Set(values).size, name).toBeGreaterThan(1);
  }
});

test("a file's schema takes it, and names the quantity that is missing or of another length", () => {
  expect(recordSchema.parse(record)).toEqual(record);
  for (const name of QUANTITY_NAMES) {
    const { [name]: values, ...rest } = record;
    const missing = recordSchema.safeParse(rest).error?.issues.map(({ path }) => path.join());
    // Routes are there together.
    expect(missing, name).toEqual([rowOf(name).from === "router" ? "" : name]);
    const longer = (values as Float32Array).constructor === Array ? [...values!, "more"] : null;
    const wrong = longer ?? new (values!.constructor as Float32ArrayConstructor)(1);
    expect(recordSchema.safeParse({ ...record, [name]: wrong }).success, name).toBe(false);
  }
});

test("a recording has it back", () => {
  const text = recordingToJson({ run: config, reports: [], records: [record] });
  const [back] = parseRecording(text).records;
  for (const name of QUANTITY_NAMES) {
    expect(isOf(back![name]), name).toBe(isOf(record[name]));
    const [held, own] = [back![name], record[name]].map((values) => [...values!].flat());
    own!.forEach((value, i) => {
      if (typeof value === "number") expect(held![i], name).toBeCloseTo(value, 4);
      else expect(held![i], name).toEqual(value);
    });
  }
});

test("its matrices have the bytes that are counted", () => {
  expect(matrixBytes(record)).toBe(bytesOfMatrices(record));
});

test("an empty record is one that a file takes, of zeros", () => {
  const shape = { rows: 2, columns: 3, rewardNames: ["exact", "stops"] };
  const empty = makeRecord({
    ...emptyQuantities(shape),
    histograms: { range: 1, bins: 5, ...emptyHistograms(5) },
  });
  expect(recordSchema.parse(empty)).toEqual(empty);
  for (const name of QUANTITY_NAMES) {
    const values = [...(empty[name] ?? [])].flatMap((each) =>
      ArrayBuffer.isView(each) ? [...each] : [each],
    );
    const blank = name === "rewardNames" ? shape.rewardNames : ["", 0];
    expect(blank, name).toEqual(expect.arrayContaining(values));
  }
});

test("whatever a step logs has a row in the table of metrics, by itself or in a family", () => {
  const names = Object.keys(record.metrics);
  expect(names).toEqual(expect.arrayContaining([...OBJECTIVE_METRICS]));
  expect(names.filter((name) => metricOf(name).from === undefined)).toEqual([]);
  // Families are for names that are not known beforehand, and for those that go with another table.
  const inFamily = names.filter((name) => !(name in METRICS));
  const known =
    /^(rewards\/|eval_|ratio\/(token|sequence)_(p\d\d|limit_(low|high))$|ratio\/bin_width$)/;
  expect(inFamily.filter((name) => !known.test(name))).toEqual([]);
  // An evaluation leaves out what says something of a training step only.
  const evaluated = names.filter((name) => name.startsWith("eval_"));
  expect(evaluated).toContain("eval_kl");
  expect(evaluated.join()).not.toMatch(/eval_(ratio|sampling|entropy_bonus|nonfinite)/);
});
