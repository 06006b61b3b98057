import * as format from "../../analysis/format.ts";
import type { Counterfactual, VirtualStep } from "../../engine/training/counterfactual.ts";
import type { StepRecord } from "../../record/record.ts";
import { algorithm } from "../../store/run/arms.ts";

/** The angle between two directions, of its cosine, 0 to 180. */
const degrees = (cosine: number): number =>
  (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;

/** More than this is the rounding of 32-bit sums away from 1. */
const SAME = 0.999999;

/** `25.8°`, and in words where the directions are one. */
export const angleText = (cosine: number): string =>
  `${format.fixed(degrees(cosine), 1)}°${cosine > SAME ? ", the same direction" : ""}`;

/** What a cosine between gradients means. */
export const COSINE_SCALE = `1 is the same direction, 0.9 is ${format.fixed(degrees(0.9), 0)}° apart, 0 a right angle: what lowers one loss leaves the other where it is.`;

/** Mean |Δ log π| of the tokens that count and do not push; null where all of them push. */
function stillMoved({ coefficient, deltaLogp }: VirtualStep, mask: StepRecord["mask"]) {
  const still = [...mask.keys()].filter((i) => mask[i] === 1 && coefficient[i] === 0);
  if (still.length === 0) return null;
  return still.reduce((sum, i) => sum + Math.abs(deltaLogp[i]!), 0) / still.length;
}

/** How many tokens push at neither level because their row has no advantage; null where none. */
export function stillText(
  { own, other }: Pick<Counterfactual, "own" | "other">,
  { advantage, mask, columns }: Pick<StepRecord, "advantage" | "mask" | "columns">,
): string | null {
  // A KL term pushes tokens of such rows too.
  const still = [...mask.keys()].filter(
    (i) =>
      mask[i] === 1 &&
      advantage[Math.floor(i / columns)] === 0 &&
      own.coefficient[i] === 0 &&
      other.coefficient[i] === 0,
  ).length;
  return still === 0
    ? null
    : `${format.plural(still, "token")} of rows with the advantage 0: no push at either level.`;
}

/** Why tokens that are clipped, which have no gradient, move; null where there are none. */
export function sharedWeightsText(
  { own, other }: Pick<Counterfactual, "own" | "other">,
  mask: StepRecord["mask"],
): string | null {
  const moves = [own, other].flatMap((step) => {
    const moved = stillMoved(step, mask);
    return moved === null ? [] : [`${format.fixed(moved, 4)} under ${algorithm(step.level)}`];
  });
  if (moves.length === 0) return null;
  return `Tokens that do not push, clipped ones among them, move all the same, by ${moves.join(" and ")} on average: one set of weights predicts every token.`;
}
