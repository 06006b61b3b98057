import { z } from "./zod.ts";
import { configSchema } from "../../config/schema.ts";
import { type AnyRunCheckpoint, CHECKPOINT_VERSION } from "../../engine/training/checkpoint.ts";
import { families } from "../../engine/gpu/family.ts";
import { floats, number, numbers, words } from "./record-schema.ts";
import { armSchema, count, promptTokens, runSchema, someFields } from "./run-schema.ts";

const bytes = z.instanceof(ArrayBuffer);

const rollout = z
  .strictObject({
    prompts: z.array(promptTokens),
    promptTokens: words,
    start: words,
    completionTokens: words,
    logpSampled: floats,
    length: words,
    truncated: words,
    mask: words,
    rewards: floats,
    routes: words.optional(),
  })
  .refine(({ start: { length: N }, ...each }) => {
    const perRow = [each.length.length, each.truncated.length].every((length) => length === N);
    const NK = each.completionTokens.length;
    const perToken = [each.logpSampled.length, each.mask.length].every((length) => length === NK);
    const routes = each.routes ? [each.routes.length] : [];
    const whole = [NK, each.promptTokens.length, each.rewards.length, ...routes, N].every(
      (length) => length > 0 && length % N === 0,
    );
    return perRow && perToken && whole;
  }, "has rows of different lengths");

const generation = z
  .strictObject({
    number: count(),
    rollout,
    estimate: z.strictObject({ reward: floats, advantage: floats, metrics: numbers }),
    order: z.array(count()),
    metrics: numbers,
    numItemsInBatch: count(),
  })
  .refine(({ rollout: { start }, estimate, order }) => {
    const N = start.length;
    return (
      estimate.reward.length === N &&
      estimate.advantage.length === N &&
      order.length === N &&
      new Set(order).size === N &&
      order.every((row) => row < N)
    );
  }, "does not go through its rows");

const standing = {
  arm: armSchema,
  config: configSchema,
  pending: someFields,
  generation: generation.nullable(),
  histogramRange: z.number().positive().max(64),
  entropyController: z.strictObject({
    coefficient: number.nullable(),
    entropy: number,
  }),
  plateau: z.strictObject({
    base: number.nullable(),
    rate: number,
    best: number.nullable(),
    bad: count(),
    cooldown: count(),
  }),
  buffers: z.array(bytes).min(1).max(64),
  held: z.strictObject({
    buffers: z.array(bytes).max(4096),
    known: z
      .array(
        z.strictObject({
          logpOld: z.boolean(),
          logpRef: z.boolean(),
          numItemsInBatch: count(),
          sampled: z.boolean(),
          routes: z.enum(["own", "sampled"]).optional(),
        }),
      )
      .max(4096),
  }),
};
const arm = z.strictObject({
  ...standing,
  microIndex: count(1e15),
  numTokens: count(1e15),
});
const arm1 = z.strictObject({ ...standing, counters: z.array(count(1e15)).length(6) });

const whole = { run: runSchema, step: count(), family: z.enum(families).optional() };

/**
 * A checkpoint from a file, of any version. Whether its buffers fit the policy, the engine sees when
 * it restores.
 */
export const checkpointSchema: z.ZodType<AnyRunCheckpoint> = z.discriminatedUnion("version", [
  z.strictObject({
    version: z.literal(CHECKPOINT_VERSION),
    ...whole,
    arms: z.array(arm).min(1).max(16),
  }),
  z.strictObject({
    version: z.undefined().optional(),
    ...whole,
    arms: z.array(arm1).min(1).max(16),
  }),
]);
