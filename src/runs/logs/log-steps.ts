import type { GRPOConfig } from "../../config/types.ts";
import { groupBy } from "../../base/group-by.ts";
import type { LogMicroBatch } from "./log-row.ts";

/** An optimizer step of a log. */
export interface LogStep {
  step: number;
  /** What the trainer was configured to at this step. */
  config: GRPOConfig;
  /** In the order in which the trainer had them. */
  batches: readonly LogMicroBatch[];
  /** Processes that the micro-batches are of. */
  processes: number;
  /** The trainer's own metrics of the step; null: the log has none. */
  logged: Readonly<Record<string, number>> | null;
}

/** A micro-batch as its line has it. */
export interface ReadBatch extends Omit<LogMicroBatch, "process"> {
  /** Null: the line does not say, as those of an earlier logger, which wrote evaluations too. */
  process: number | null;
  line: number;
}

/**
 * Leaves out what a later part of the same file has again: a trainer that is started anew, or from a
 * checkpoint, appends to the log, and its step goes back.
 */
export function withoutRepeated(batches: readonly ReadBatch[], notes: string[]): ReadBatch[] {
  let kept: ReadBatch[] = [];
  const newest = new Map<number, number>();
  for (const batch of batches) {
    const own = batch.process ?? 0;
    const last = newest.get(own) ?? batch.step;
    newest.set(own, batch.step);
    if (batch.step >= last) {
      kept.push(batch);
      continue;
    }
    const left = kept.filter((each) => (each.process ?? 0) !== own || each.step < batch.step);
    if (own === 0) {
      notes.push(
        `From line ${batch.line} on the log begins again at step ${batch.step}; what it had of steps ${batch.step} to ${last} before is left out.`,
      );
    }
    kept = [...left, batch];
  }
  return kept;
}

/** The trainer's steps, in order, without the micro-batches of evaluations. */
export function stepsOf(
  batches: readonly ReadBatch[],
  config: GRPOConfig,
  evaluates: boolean,
  notes: string[],
): Omit<LogStep, "logged">[] {
  const byStep = groupBy(batches, ({ step }) => step);
  const order = [...byStep.keys()].toSorted((a, b) => a - b);
  const trained = evaluates ? withoutEvaluations(byStep, order, config, notes) : byStep;
  return order.flatMap((step) => {
    const own = trained.get(step) ?? [];
    if (own.length === 0) return [];
    const processes = new Set(own.map(({ process }) => process ?? 0)).size;
    return [{ step, config: own[0]!.config, processes, batches: own.map(toBatch) }];
  });
}

const toBatch = ({ line: _, ...batch }: ReadBatch): LogMicroBatch => ({
  ...batch,
  process: batch.process ?? 0,
});

/**
 * An earlier logger wrote evaluations as well, under the number of the step that follows them. A
 * step's own micro-batches are then its last `gradient_accumulation_steps` ones; after the last step
 * there are none.
 */
function withoutEvaluations(
  byStep: ReadonlyMap<number, readonly ReadBatch[]>,
  order: readonly number[],
  config: GRPOConfig,
  notes: string[],
): Map<number, readonly ReadBatch[]> {
  const own = config.gradient_accumulation_steps;
  const sizes = order.map((step) => byStep.get(step)!.length);
  // Each evaluation goes through the same prompts.
  const evaluation = Math.max(0, ...sizes) - own;
  if (evaluation <= 0) return new Map(byStep);
  const left: number[] = [];
  const trained = order.map((step) => {
    const all = byStep.get(step)!;
    const alone = step === order.at(-1) && all.length === evaluation;
    const ended = alone && (evaluation !== own || mayHaveEnded(step, config));
    const evaluated = ended ? all.length : all.length > own ? evaluation : 0;
    if (evaluated > 0) left.push(step);
    return [step, all.slice(evaluated)] as const;
  });
  notes.push(
    `${evaluation === 1 ? "A micro-batch" : `${evaluation} micro-batches`} of an evaluation before ${left.length === 1 ? "step" : "steps"} ${left.join(", ")} ${left.length * evaluation === 1 ? "is" : "are"} left out; the trainer in docs/file-formats.md logs training only.`,
  );
  return new Map(trained);
}

/** Whether an evaluation may be all that there is of a step: training was over before it. */
function mayHaveEnded(step: number, config: GRPOConfig): boolean {
  if (config.max_steps > 0) return step > config.max_steps;
  const every = config.eval_steps || config.logging_steps;
  return config.eval_strategy !== "steps" || (step - 1) % every === 0;
}
