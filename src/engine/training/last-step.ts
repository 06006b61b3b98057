import type { Snapshot } from "../gpu/snapshot.ts";
import type { StepRecord } from "../../record/record.ts";
import { assembleRecord, type RecordedOutputs, type RecordParts } from "./step-record.ts";
import type { StepSettings } from "./step-settings.ts";
import type { Update } from "./update.ts";

/** The optimizer step that an arm took last, so that it can be replayed. */
export interface LastStep {
  settings: StepSettings;
  /** Slots of its micro-batches, in order. */
  slots: readonly number[];
  /** What its record holds beside what the GPU left of it. */
  parts: RecordParts;
  /** Its batch is whole on the GPU: no rollout in the middle of it took the place of a part. */
  replayable: boolean;
  /** Null: what the GPU left of it was not copied out. */
  record: StepRecord | null;
}

/**
 * Replays a step from the weights and the optimizer's state before it, which `weightsBefore`
 * holds: with the settings that it had, to the same bits.
 */
export async function replayStep(
  update: Update,
  weightsBefore: Snapshot,
  settings: StepSettings,
  slots: readonly number[],
): Promise<RecordedOutputs> {
  update.record((encoder) => weightsBefore.restore(encoder));
  update.begin(settings);
  for (const slot of slots) update.accumulate(slot);
  const { arrays, ...outputs } = await update.finish();
  if (arrays === null) throw new Error("a replayed step leaves its arrays");
  return { ...outputs, arrays };
}

/**
 * The record of the last step: where it was taken without one, it is replayed, and the weights
 * end where they were. Null where it cannot be.
 */
export async function recordOf(
  last: LastStep,
  update: Update,
  weightsBefore: Snapshot,
): Promise<StepRecord | null> {
  if (last.record === null && last.replayable) {
    const outputs = await replayStep(update, weightsBefore, last.settings, last.slots);
    last.record = assembleRecord(last.parts, outputs);
  }
  return last.record;
}
