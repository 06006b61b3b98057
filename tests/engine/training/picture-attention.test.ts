import { afterAll, expect, test } from "vitest";
import type { VisionConfig } from "../../../src/config/architecture.ts";
import { headDim } from "../../../src/config/architecture-shape.ts";
import type { RunConfig } from "../../../src/config/types.ts";
import { readFloats } from "../../../src/engine/gpu/readback.ts";
import { loadedShape } from "../../../src/engine/policy/shape-of.ts";
import { ceil4 } from "../../../src/engine/policy/shape.ts";
import { createRun, type Run } from "../../../src/engine/run/run.ts";
import { picturesOf } from "../../../src/engine/training/scored-rollout.ts";
import type { StepRecord } from "../../../src/record/record.ts";
import { task } from "../../../src/tasks/registry.ts";
import { openModel } from "../../../src/vectors/model.ts";
import { expectClose } from "../../support/numeric.ts";
import { unpad } from "../../support/padding.ts";
import { pictureShares } from "../../support/reference-vision.ts";
import { armAt, content, smallRun } from "../../support/small-run.ts";
import { openDevice, withRegisters } from "../../support/with-device.ts";

const { device, close } = await openDevice();
afterAll(close);

const tower: VisionConfig = {
  ...{ imageSize: 12, patchSize: 6, width: 8, layers: 2, heads: 2, hidden: 12 },
};
/** Two micro-batches a step, two steps a pass over the rollout. */
const passes = { steps_per_generation: 4, gradient_accumulation_steps: 2, num_iterations: 2 };

/** Two prompts a rollout, each with a picture of four patches, and a language model of two layers. */
function small(vision: Partial<VisionConfig> = {}): RunConfig {
  const run = smallRun(passes, [armAt("token", { learning_rate: 0.02 })]);
  const policy = { ...run.policy, layers: 2, vision: { ...tower, ...vision } };
  return { ...run, task: "count-dots", difficulty: 4, policy };
}

async function train(run: Run, steps: number): Promise<StepRecord[]> {
  const records: StepRecord[] = [];
  for (let i = 0; i < steps; i++) records.push((await run.advance())[0]!);
  return records;
}

const weightsOf = async (run: Run) =>
  Object.fromEntries(
    Object.entries(await run.weights("token")).map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: [...data] },
    ]),
  );

/** Shares of each row of a step's batch, from the queries and keys of a policy of its own, in float64. */
async function lookedApart(
  run: Run,
  record: StepRecord,
  weights: Awaited<ReturnType<typeof weightsOf>>,
): Promise<number[][]> {
  const { rows, columns: K, step } = record;
  const shape = await loadedShape(run.config, task(run.config.task));
  const { rollout, order } = (await run.checkpoint()).arms[0]!.generation!;
  const P = rollout.promptTokens.length / rollout.length.length;
  const T = P + K;
  // The steps of a pass go through the rollout in turn.
  const first = ((step - 1) % 2) * rows;
  const batch = order.slice(first, first + rows);
  const ids = batch.map((row) => [
    ...rollout.promptTokens.subarray(row * P, (row + 1) * P),
    ...rollout.completionTokens.subarray(row * K, (row + 1) * K),
  ]);
  const attention_mask = batch.map((row) =>
    Array.from({ length: T }, (_, at) => Number(at >= rollout.start[row]!)),
  );
  const model = await openModel(withRegisters(device), shape, {
    ...{ weights, input_ids: ids, attention_mask },
  });
  const { pictures } = model.policy;
  pictures!.load(picturesOf(rollout.prompts)!);
  await model.pass(1, {});
  const { heads, kvHeads } = shape;
  const D = headDim(shape);
  const [half, stride] = [D / 2, ceil4(D / 2)];
  /** Of packed rows, one a token, a rectangle's. */
  const rectangle = (packed: readonly number[], width: number) => {
    let at = 0;
    return attention_mask.flat().flatMap((there) => {
      const own = there ? packed.slice(at * width, (at + 1) * width) : Array<number>(width).fill(0);
      at += there;
      return own;
    });
  };
  const N = shape.vision!.selectStrategy === "full" ? 5 : 4;
  const found: number[][] = batch.map(() => []);
  for (const { q, kv } of pictures!.text.layers) {
    const queries = rectangle(unpad([...(await readFloats(device, q))], half, stride), heads * D);
    const both = rectangle(
      unpad([...(await readFloats(device, kv))], half, stride),
      2 * kvHeads * D,
    );
    const keys = both.filter((_, i) => i % (2 * kvHeads * D) < kvHeads * D);
    batch.forEach((row, sequence) => {
      const of = { sequence, first: rollout.start[row]!, from: P - 1, begin: 0, N };
      const to = P - 1 + rollout.length[row]!;
      found[sequence]!.push(
        ...pictureShares(queries, keys, { T, heads, kvHeads, headDim: D }, { ...of, to }),
      );
    });
  }
  model.destroy();
  return found;
}

test.each([
  { name: "its patches", vision: {}, pictureTokens: 4, classToken: false },
  {
    ...{ name: "the class token too, its tower trained" },
    ...{ vision: { selectStrategy: "full", frozen: false } as const },
    ...{ pictureTokens: 5, classToken: true },
  },
])(
  "a completion's shares are those of a forward pass apart under the step's weights: $name",
  async ({ vision, pictureTokens, classToken }) => {
    const run = await createRun({ device, config: small(vision), weights: null });
    await train(run, 3);
    const before = await weightsOf(run);
    const [record] = await train(run, 1);
    const apart = await lookedApart(run, record!, before);
    // A row of either micro-batch, and of either picture.
    const prompts = new Set<string>();
    for (const row of [0, 3, 8, 15]) {
      const { shares, ...facts } = await run.pictureAttention("token", 4, row);
      const tokens = record!.length[row]!;
      expect(facts).toEqual({
        ...{ arm: "token", step: 4, row, tokens, layers: 2, heads: 2 },
        ...{ pictureTokens, classToken },
      });
      expectClose([...shares], apart[row]!);
      prompts.add(record!.prompt[row]!);
    }
    run.destroy();
    expect(prompts.size).toBe(2);
  },
);

test("asking leaves the run as it was, and a past step answers the same, bit for bit", async () => {
  const trained = async (asks: boolean) => {
    const run = await createRun({ device, config: small(), weights: null, pastBytes: 2 ** 24 });
    const records: string[] = [];
    const found = [];
    for (let step = 1; step <= 5; step++) {
      records.push(...(await train(run, 1)).map(content));
      if (asks) found.push(await run.pictureAttention("token", step, 2));
    }
    if (asks) {
      expect(await run.pictureAttention("token", 3, 2)).toEqual(found[2]);
      expect(found[3]!.shares).not.toEqual(found[2]!.shares);
    }
    records.push(...(await train(run, 1)).map(content));
    run.destroy();
    return records;
  };
  expect(await trained(true)).toEqual(await trained(false));
});

test("a policy without pictures, a row that is none, and an arm without a step are refused", async () => {
  const text = await createRun({ device, config: smallRun(passes), weights: null });
  await train(text, 1);
  await expect(text.pictureAttention("token", 1, 0)).rejects.toThrow("sees no pictures");
  text.destroy();
  const run = await createRun({ device, config: small(), weights: null });
  await expect(run.pictureAttention("token", 0, 0)).rejects.toThrow("no step yet");
  await train(run, 1);
  for (const row of [16, -1, 0.5]) {
    await expect(run.pictureAttention("token", 1, row)).rejects.toThrow(
      `no row ${row + 1}; its batch has 16`,
    );
  }
  run.destroy();
});
