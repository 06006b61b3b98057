import type { RetainedStep } from "../record/retained-records.ts";

/** What one optimizer step does, in order. */
export const PHASES = [
  "generate",
  "reward",
  "advantage",
  "ratio",
  "clip",
  "aggregate",
  "backward",
  "optimizer",
] as const;
export type Phase = (typeof PHASES)[number];

/** Phases of the rollout: they run at k = 0 only, and later inner steps keep what they made. */
const ROLLOUT_PHASES = 3;

export const phasesOf = ({ innerStep }: { innerStep: number }): readonly Phase[] =>
  innerStep === 0 ? PHASES : PHASES.slice(ROLLOUT_PHASES);

/** How far one press goes. */
export type Stride = "stage" | "inner-step" | "generation";

/** Where the reader stands: an optimizer step, and the phase that is lit; null lights all. */
export interface Place {
  step: number;
  phase: Phase | null;
}

/**
 * The position one stride before (−1) or after (1) `from` among the kept steps; null where nothing is
 * kept that far.
 */
export function walk(
  kept: readonly RetainedStep[],
  from: Place,
  stride: Stride,
  direction: 1 | -1,
): Place | null {
  const at = kept.findIndex(({ step }) => step === from.step);
  const here = kept[at];
  if (here === undefined) return null;
  if (stride === "stage") {
    const phases = phasesOf(here);
    const lit = from.phase === null ? -1 : phases.indexOf(from.phase);
    // From the whole step, forwards begins it and backwards ends it.
    const next = from.phase === null && direction < 0 ? phases.length - 1 : lit + direction;
    const phase = phases[next];
    if (phase !== undefined) return { step: here.step, phase };
    const neighbour = kept[at + direction];
    if (neighbour === undefined) return null;
    const entered = phasesOf(neighbour).at(direction > 0 ? 0 : -1) ?? null;
    return { step: neighbour.step, phase: entered };
  }
  const neighbour =
    stride === "inner-step" ? kept[at + direction] : otherGeneration(kept, here, direction);
  if (neighbour === undefined) return null;
  const stays = from.phase !== null && phasesOf(neighbour).includes(from.phase);
  return { step: neighbour.step, phase: stays ? from.phase : null };
}

/** The same inner step of the next or previous kept generation, else its first kept one. */
function otherGeneration(
  kept: readonly RetainedStep[],
  here: RetainedStep,
  direction: 1 | -1,
): RetainedStep | undefined {
  const generation =
    direction > 0
      ? kept.find((each) => each.generation > here.generation)?.generation
      : kept.findLast((each) => each.generation < here.generation)?.generation;
  const steps = kept.filter((each) => each.generation === generation);
  return steps.find(({ innerStep }) => innerStep === here.innerStep) ?? steps[0];
}
