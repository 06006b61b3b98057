import type { StepPlan } from "../../config/step-plan.ts";
import type { GRPOConfig } from "../../config/types.ts";
import type { ArmParts } from "./arm-parts.ts";
import type { MicroBatch } from "./batch-slots.ts";
import { picturesOf } from "./scored-rollout.ts";
import { routingOf } from "./step-settings.ts";
import { type TrainingRollout, microBatchOf, tokensOf } from "./training-rollouts.ts";
import { type ArmStanding, nextMicroStep } from "./standing.ts";

// The rollout that an arm learns from, one slice in each slot of its update.

/** The slots of a rollout's slices, in order. */
export const allSlots = ({ stepsPerGeneration }: StepPlan): number[] =>
  Array.from({ length: stepsPerGeneration }, (_, slot) => slot);

/** Rows of the rollout in a slot. */
export function rowsOf(
  { rowsPerMicroStep: B }: StepPlan,
  { order }: TrainingRollout,
  slot: number,
) {
  return order.slice(slot * B, (slot + 1) * B);
}

/** Samples the next rollout under the present weights, and puts it in the place of the last one. */
export async function rollOut(parts: ArmParts, at: ArmStanding, plan: StepPlan): Promise<void> {
  at.config = { ...at.config, ...at.pending };
  at.pending = {};
  const made = await parts.rollouts.generate(at.config, plan, nextMicroStep(plan, at).generation);
  at.numTokens += tokensOf(made, parts.P);
  parts.update.loadPictures(picturesOf(made.rollout.prompts));
  const slots = allSlots(plan);
  for (const slot of slots) parts.update.load(slot, microBatch(parts, at.config, plan, made, slot));
  // All at once, under the reference of this moment: it may move before the last slice's turn.
  if (at.config.beta !== 0) parts.update.scoreReference(slots, at.config.temperature);
  at.generation = made;
}

/** Packs the tokens of the rollout's slices, and its pictures, after their other buffers were written. */
export function writeLayouts(
  parts: ArmParts,
  { generation, config }: ArmStanding,
  plan: StepPlan,
): void {
  if (generation === null) return;
  parts.update.loadPictures(picturesOf(generation.rollout.prompts));
  for (const slot of allSlots(plan)) {
    parts.update.batches.writeLayout(slot, microBatch(parts, config, plan, generation, slot));
  }
}

const microBatch = (
  { P, K }: ArmParts,
  config: GRPOConfig,
  plan: StepPlan,
  generation: TrainingRollout,
  slot: number,
): MicroBatch => {
  const { routerReplay } = routingOf(config);
  return microBatchOf(generation, rowsOf(plan, generation, slot), { P, K }, routerReplay);
};
