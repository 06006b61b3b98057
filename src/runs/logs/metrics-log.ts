import { UserError } from "../../base/user-error.ts";
import { number } from "../../config/parse-field.ts";

/** What a trainer logged at one step, under TRL's names. */
export interface MetricsLine {
  /** Null: the line does not say. */
  step: number | null;
  metrics: Record<string, number>;
  /** Of a file that this page wrote: one line a step and arm. */
  arm: string | null;
  generation: number | null;
  innerStep: number | null;
}

/** Metrics of a run without a token of it. */
export interface MetricsLog {
  /** What kind of file it was, e.g. "console text of transformers". */
  kind: string;
  lines: readonly MetricsLine[];
  /** What a person should know of how it was read, in sentences. */
  notes: readonly string[];
}

export const METRICS_LIMITS = { bytes: 2 ** 26, lines: 200_000, values: 2 ** 22, name: 200 };

/** Where trackers have the optimizer step, best first; wandb's `_step` counts its own rows. */
const STEPS = ["train/global_step", "global_step", "global_step/max_steps", "step", "Step"];
const ROW = "_step";

/** Whether a column has the step of its row. */
export const isStep = (name: string): boolean => name === ROW || STEPS.includes(name);

const MOST_STEPS = 1e9;
const UNCHARTED = ["arm", "generation", "inner_step", "Wall time"];

/** At least one column must be what a trainer logs, or any table of numbers would be a log. */
const LOGGED =
  /^(train_|eval_)?(loss|reward|reward_std|grad_norm|learning_rate|epoch|kl|entropy|frac_reward_zero_std)$|^(train|eval|actor|critic|rewards|completions|clip_ratio)\/|^(Training|Validation) Loss$/;
/** A chart that wandb exported heads its columns "RUN - METRIC". */
const CHARTED = / - (?!.* - )/;
/** What tells rows of a data set, which may have a reward each as well. */
const OF_DATA = ["messages", "prompt", "completion"];

/** Whether columns are those of a log and not of a data set. */
export const isLog = (names: readonly string[]): boolean =>
  !names.some((name) => OF_DATA.includes(name)) &&
  (names.some((name) => LOGGED.test(name) || CHARTED.test(name)) ||
    // What TensorBoard's page downloads of one chart.
    ["Wall time", "Step", "Value"].every((name) => names.includes(name)));

/** Whether a row says of which step it is. */
export const saysStep = (row: Readonly<Record<string, unknown>>): boolean =>
  stepOf(row).step !== null;

/** verl's names for what TRL has a name for; another meaning keeps another name. */
const VERL: Readonly<Record<string, string>> = {
  "actor/pg_loss": "loss",
  "actor/grad_norm": "grad_norm",
  "actor/lr": "learning_rate",
  "actor/entropy": "entropy",
  "actor/entropy_loss": "entropy",
  "actor/kl_loss": "kl",
  "critic/score/mean": "reward",
  "critic/rewards/mean": "reward",
  "response_length/mean": "completions/mean_length",
  "response_length/clip_ratio": "completions/clipped_ratio",
};

/** Takes in rows of a log one by one; `finish` gives the whole. */
export function createMetricsLog(kind: string) {
  const lines: MetricsLine[] = [];
  const notes = new Set<string>();
  let values = 0;
  return {
    /** A row under the names that a tracker has; what is no number is left out. */
    add(row: Readonly<Record<string, unknown>>): void {
      const { step, counted } = stepOf(row);
      const unusable = STEPS.map((name) => numberOf(row[name])).find((given) => given !== null);
      if (step === null && unusable !== undefined) {
        notes.add(
          `A step is a whole number from 0 to ${MOST_STEPS}: the row of step ${unusable} is counted to the one before it.`,
        );
      }
      const metrics: Record<string, number> = {};
      for (const [given, value] of Object.entries(row)) {
        if (STEPS.includes(given) || UNCHARTED.includes(given) || given.startsWith("_")) continue;
        const number = numberOf(value);
        if (number === null || given.length > METRICS_LIMITS.name) continue;
        const [name, said] = nameOf(given);
        if (said) notes.add("verl's names are shown under TRL's where they mean the same.");
        metrics[name] ??= number;
      }
      const count = Object.keys(metrics).length;
      if (count === 0) return;
      values += count;
      if (lines.length >= METRICS_LIMITS.lines || values > METRICS_LIMITS.values) {
        throw new UserError(
          `The log has more than ${METRICS_LIMITS.lines} lines or ${METRICS_LIMITS.values} numbers.`,
          "Import a part of it, or one with a larger logging_steps.",
        );
      }
      if (counted)
        notes.add("Steps are wandb's rows, counted from 1: train/global_step is not in it.");
      const { arm, generation, inner_step: innerStep } = row;
      lines.push({
        step,
        metrics,
        arm: typeof arm === "string" ? arm : null,
        generation: wholeOf(generation),
        innerStep: wholeOf(innerStep),
      });
    },
    note: (text: string) => void notes.add(text),
    finish(): MetricsLog {
      return { kind, lines, notes: [...notes] };
    },
  };
}

function stepOf(row: Readonly<Record<string, unknown>>): { step: number | null; counted: boolean } {
  for (const name of STEPS) {
    // ms-swift has "3/100" under global_step/max_steps.
    const given = typeof row[name] === "string" ? row[name].split("/")[0] : row[name];
    const step = wholeOf(numberOf(given));
    if (step !== null) return { step, counted: false };
  }
  const index = wholeOf(numberOf(row[ROW]));
  return { step: index === null ? null : index + 1, counted: index !== null };
}

const wholeOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MOST_STEPS
    ? value
    : null;

/** transformers prints numbers as texts of four digits, and trackers leave NaN as a text. */
export function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.length > 40) return null;
  const text = value.trim();
  if (/^[-+]?nan$/i.test(text)) return NaN;
  const infinite = /^([-+]?)inf(inity)?$/i.exec(text);
  if (infinite) return infinite[1] === "-" ? -Infinity : Infinity;
  return number(text) ?? null;
}

function nameOf(given: string): [name: string, verl: boolean] {
  const own = given.slice((CHARTED.exec(given)?.index ?? -3) + 3);
  const renamed = VERL[own];
  if (renamed !== undefined) return [renamed, true];
  if (own === "Training Loss") return ["loss", false];
  if (own === "Validation Loss") return ["eval_loss", false];
  if (own.startsWith("train/")) return [own.slice("train/".length), false];
  if (own.startsWith("eval/")) return [`eval_${own.slice("eval/".length)}`, false];
  return [own, false];
}
