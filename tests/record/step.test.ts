import { afterAll, beforeAll, expect, test } from "vitest";
import { createRun } from "../../src/engine/run/run.ts";
import { QUANTITIES } from "../../src/record/fields.ts";
import {
  emptyHistograms,
  emptyQuantities,
  isQuantity,
  matrixBytes,
  namesWith,
  QUANTITY_NAMES,
  rowOf,
} from "../../src/record/quantities.ts";
import { metricOf, OBJECTIVE_METRICS } from "../../src/record/metric-rules.ts";
import { METRICS } from "../../src/record/metrics.ts";
import type { StepRecord } from "../../src/record/record.ts";
import { recordSchema } from "../../src/runs/formats/record-schema.ts";
import { parseRecording, recordingToJson } from "../../src/runs/recording.ts";
import { makeRecord } from "../support/make-record.ts";
import { armAt, smallRun } from "../support/small-run.ts";
import { openDevice } from "../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

const config = smallRun(
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
let record: StepRecord;
beforeAll(async () => {
  const run = await createRun({ device, config, weights: null });
  await run.advance();
  // The second inner step: ratios are not 1.
  [record] = (await run.advance()) as [StepRecord];
  run.destroy();
});

/** What the table says of a quantity of this record: its kind and its size. */
function saidOf(name: keyof typeof QUANTITIES, { rows, columns, rewardNames }: StepRecord): string {
  const { per, element } = QUANTITIES[name];
  const kind = { f32: "Float32Array", u32: "Uint32Array", text: "Array" }[element];
  const F = rewardNames.length;
  if (per === "function") return `${kind} of ${F}`;
  if (per === "function and row") return `Array of ${F} of ${kind} of ${rows}`;
  return `${kind} of ${per === "token" ? rows * columns : rows}`;
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
});

test("matrices are 0 where the token does not count, and not everywhere", () => {
  expect(record.mask).toContain(0);
  for (const name of namesWith({ per: "token" })) {
    const values = [...record[name]!];
    const apart = values.filter((value, i) => !record.mask[i] && value !== 0);
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
    expect(missing, name).toEqual(rowOf(name).optional === "absent" ? undefined : [name]);
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
  const bytes = namesWith({ per: "token" }).map((name) => record[name]!.byteLength);
  expect(matrixBytes(record)).toBe(bytes.reduce((sum, each) => sum + each, 0));
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
