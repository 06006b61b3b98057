import { lossForm } from "../config/loss-types.ts";
import { groupBy } from "../base/group-by.ts";
import { type StepRecord, clipLevelOf } from "../record/record.ts";
import * as format from "./format.ts";
import { lossParts, meetsLoss } from "./recombine.ts";

/** Why a step's loss is what it is, in words and numbers that add up to it. */
export interface LossReason {
  /** policy + kl − bonus. */
  loss: number;
  /** Without KL and bonus: atOne + moved. */
  policy: number;
  /** What the loss would be with every ratio at 1, without KL and bonus; null: not of this loss type. */
  atOne: number | null;
  /** What ratios that left 1, and clipping, add; null as above. */
  moved: number | null;
  /** β · KL; null where beta is 0. */
  kl: number | null;
  /** What the entropy bonus takes off; null where there is none. */
  bonus: number | null;
  text: string;
}

/** A loss below this is called near 0: advantages are about 1 in size. */
const NEAR = 0.05;

/**
 * Takes the loss of a step apart by its reasons. Null where the record does not add up to the loss,
 * or nothing pushes so that its divisor is not known.
 */
export function lossReason(record: StepRecord): LossReason | null {
  const level = clipLevelOf(record.level);
  const parts = lossParts(record, level);
  const { loss, grad_norm: norm } = record.metrics;
  if (parts === null || loss === undefined || !Number.isFinite(loss)) return null;
  if (!meetsLoss(record, parts)) return null;
  const policy = -parts.terms.reduce((sum, term) => sum + term, 0) / parts.divisor;
  const kl = parts.kl === null ? null : parts.kl / parts.divisor;
  const at = parts.atOne === null ? null : -parts.atOne / parts.divisor;
  const moved = at === null ? null : policy - at;
  const facts = { loss, policy, atOne: at, moved, kl, bonus: parts.bonus };
  return { ...facts, text: words(record, facts, norm ?? NaN) };
}

function words(
  record: StepRecord,
  { loss, policy, atOne, moved, kl, bonus }: Omit<LossReason, "text">,
  norm: number,
): string {
  const { config, innerStep } = record;
  const near = Math.abs(loss) < NEAR;
  // What is written as 0 need not be called near it.
  const nearly = near && Math.abs(loss) >= HALF_SHOWN;
  const start = `Loss ${signed(loss, 4)}${nearly ? ", near 0," : ""} is made of `;
  const sum = [
    atOne === null
      ? `${signed(policy, 4)} from advantage × log π, which advantages do not centre`
      : `${signed(atOne, 4)} (minus the mean advantage of its rows, as ${config.loss_type} weighs them)`,
    ...(moved === null
      ? []
      : innerStep === 0 && Math.abs(moved) < HALF_SHOWN
        ? ["0 from ratios, which are all 1"]
        : [`${signed(moved, 4)} from ratios that left 1 and from clipping`]),
    ...(kl === null ? [] : [`${signed(kl, 4)} from β × KL`]),
    ...(bonus === null ? [] : [`${signed(-bonus, 4)} from the entropy bonus`]),
  ].join("; ");
  const centred = atOne === null ? "" : ` ${whyCentred(record)}`;
  const gradient = Number.isFinite(norm)
    ? ` ${near && norm > 0 ? "Its gradient is not near 0" : "Its gradient"}: norm ${format.fixed(norm, 3)}.`
    : "";
  return `${start}${sum}.${centred}${gradient}`;
}

/** Why the mean advantage of a step is 0, or is not: they are centred within a whole group. */
function whyCentred(record: StepRecord): string {
  const { config, group } = record;
  const sizes = [...groupBy([...group], (each) => each).values()].map(({ length }) => length);
  const least = Math.min(...sizes);
  if (least < config.num_generations) {
    return `A group’s advantages sum to 0, and this step has ${least === Math.max(...sizes) ? "" : "as few as "}${least} of the ${config.num_generations} completions of a prompt.`;
  }
  return rowsCountAlike(config)
    ? "Each group is whole, and its advantages sum to 0: a loss near 0 says nothing about learning."
    : "Each group is whole, and its advantages sum to 0: what is left is from completions of unequal length.";
}

/** Whether a row counts the same whatever its length, and advantages of either sign do. */
function rowsCountAlike(config: StepRecord["config"]): boolean {
  const { rule, row, divisor } = lossForm(config);
  return (rule === "clip" || rule === "geometric") && row === "mean" && divisor === "rows";
}

/** Half of the last decimal that is shown. */
const HALF_SHOWN = 5e-5;

/** In a sentence nothing stands in the place of a sign. */
const signed = (value: number, decimals: number): string => format.signed(value, decimals).trim();
