import * as format from "../analysis/format.ts";
import { largestDifference, stageValues } from "../analysis/stage.ts";
import { findPreset } from "../config/presets.ts";
import { stepPlan } from "../config/step-plan.ts";
import type { StepRecord } from "../record/record.ts";
import { type Found, groupsWhere, highest, tokensOf, viewOf } from "./find.ts";
import type { Lesson, Material, Scene, View } from "./lesson.ts";

/** Right after a rollout both levels make the same update. */
export const identity: Lesson = {
  id: "identity",
  title: "At k = 0 the figures are one",
  batch: "recorded",
  scenes: (material) => {
    const pair = pairOf(material);
    return pair === null ? [] : [backToZero(pair), oneStepARollout(pair)];
  },
  tryThis: (material) => {
    const pair = pairOf(material);
    return {
      say: "Go through k = 1, 2, 3 with the buttons below the figures. Watch the cells of Figure 3 part from each other while each row of Figure 4 stays one bar.",
      label: "Show k = 1",
      view: pair === null ? NOWHERE : viewOf(pair.next, { ...AT_RATIO, row: null }),
    };
  },
};

const AT_RATIO = { stage: 2, lights: "figures" } as const;
const NOWHERE: View = { batch: { kind: "example", band: null }, ...AT_RATIO, row: null };

interface Pair {
  /** Where the figures differ the most. */
  later: Found;
  /** The same rollout and arm at k = 0. */
  zero: Found;
  /** And at the first k after it that is kept. */
  next: Found;
}

const differenceIn = ({ record, rows }: Found): number =>
  largestDifference(record, rows, stageValues(record, rows, AT_RATIO.stage));

function pairOf(material: Material): Pair | null {
  const all = groupsWhere(material, () => true);
  const sameRollout = (a: StepRecord, b: StepRecord): boolean =>
    a.arm === b.arm && a.generation === b.generation;
  // The same rows where the run shows them at every k, else other rows of the same rollout.
  const zeroOf = (found: Found): Found | undefined => {
    const at = all.filter(
      ({ record }) => record.innerStep === 0 && sameRollout(record, found.record),
    );
    return at.find(({ group }) => group === found.group) ?? at[0];
  };
  const later = highest(all, (found) =>
    found.record.innerStep > 0 && zeroOf(found) ? differenceIn(found) : 0,
  );
  const zero = later && zeroOf(later);
  if (later === undefined || zero === undefined) return null;
  const after = all.filter(
    ({ record }) => record.innerStep > 0 && sameRollout(record, later.record),
  );
  const first = after.filter(({ record }) => record.innerStep === after[0]?.record.innerStep);
  return {
    later,
    zero,
    next: first.find(({ group }) => group === zero.group) ?? first[0] ?? later,
  };
}

function backToZero({ later, zero }: Pair): Scene {
  const [far, near] = [differenceIn(later), differenceIn(zero)];
  const { innerStep } = later.record;
  const tokens = zero.rows.reduce((sum, row) => sum + tokensOf(zero.record, row).length, 0);
  return {
    say: `One rollout serves several optimizer steps, counted k = 0, 1, 2 … You see k = ${innerStep}: the policy has been updated since it wrote these rows, and the two figures differ.`,
    question: {
      kind: "choose",
      ask: "Now go back to k = 0, the first optimizer step after the rollout. How far apart are the figures there?",
      options: [
        "As far: the rows decide it, not the step",
        "Nearer, but still apart: every step moves the ratios",
        "Not at all: they are identical",
      ],
      right: near === 0 ? 2 : near < far ? 1 : 0,
    },
    asked: viewOf(later, { ...AT_RATIO, row: null }),
    revealed: viewOf(zero, { ...AT_RATIO, row: null }),
    why:
      near === 0
        ? `At k = 0 the policy is the one that wrote the rows, so each of these ${format.plural(tokens, "token")} has the ratio 1 and so has every row: the largest difference between the figures is 0, at k = ${innerStep} it was ${format.fixed(far, 3)}.`
        : `At k = 0 of this batch the figures still differ by up to ${format.fixed(near, 3)}, at k = ${innerStep} by ${format.fixed(far, 3)}.`,
  };
}

/** What it means for a configuration with one optimizer step per rollout. */
function oneStepARollout({ zero }: Pair): Scene {
  const { grpo, datasetSize } = findPreset("unsloth-gspo")!.run;
  const { optimizerStepsPerGeneration: steps, onPolicy } = stepPlan(grpo, datasetSize);
  const seen = viewOf(zero, { ...AT_RATIO, row: null });
  return {
    say: `A published GSPO snippet sets importance_sampling_level to "sequence", steps_per_generation and gradient_accumulation_steps to ${grpo.gradient_accumulation_steps}, num_iterations to ${grpo.num_iterations}. That is ${format.plural(steps, "optimizer step")} per rollout.`,
    question: {
      kind: "choose",
      ask: "What does the sequence level change in that training?",
      options: ["Nothing", "It clips whole rows instead of tokens", "It weighs long rows less"],
      right: onPolicy ? 0 : 1,
    },
    asked: seen,
    revealed: seen,
    why: onPolicy
      ? "With one optimizer step per rollout k is always 0, so every ratio is 1 at both levels and nothing is ever clipped: set num_iterations to 2 or more, or steps_per_generation to at least twice gradient_accumulation_steps, and the level begins to matter."
      : `With ${steps} optimizer steps per rollout ratios leave 1 from the second step on, and rows are clipped as a whole.`,
  };
}
