import { describeChange, withFields } from "../../config/live-change.ts";
import { getField } from "../../config/run-fields.ts";
import type { GRPOConfig, RunConfig } from "../../config/types.ts";
import type { StoredEvent } from "../../runs/stored-run.ts";
import type { RunState } from "./run.ts";

/** Something that happened at a step and is marked on every chart and on the slider. */
export interface Mark {
  kind: Exclude<StoredEvent["kind"], "answers">;
  step: number;
  /** Null: every arm. */
  arm: string | null;
  /** What the mark says, e.g. "epsilon 0.2 → 0.03". */
  text: string;
  /** The finding that a warning is of. */
  finding?: string;
  /** Of a change: its fields, and the run before the first change at this step. */
  changed?: { names: readonly string[]; before: RunConfig };
}

export const MARK_LIMIT = 200;

export const withMark = (state: RunState, mark: Mark): RunState => ({
  ...state,
  marks: [...state.marks, mark].slice(-MARK_LIMIT),
});

/** A live change of a run, and the step from which on it holds. */
interface Change {
  arm: string | null;
  fields: Partial<GRPOConfig>;
  step: number;
}

/**
 * The marks with a change of `run`. What was changed at one step is marked by what it came to: a
 * change that was taken back before any step was trained with it leaves no mark.
 */
export function withChange(
  marks: readonly Mark[],
  run: RunConfig,
  { arm, fields, step }: Change,
): readonly Mark[] {
  const isOfStep = (mark: Mark): boolean =>
    mark.kind === "change" && mark.step === step && sameArms(mark.changed?.before, run);
  const own = marks.filter(isOfStep);
  const before = own[0]?.changed?.before ?? run;
  const names = new Set([
    ...own.flatMap(({ changed }) => changed?.names ?? []),
    ...Object.keys(fields),
  ]);
  const fresh = changesBetween(before, withFields(run, arm, fields), [...names]).map(
    (change): Mark => ({
      kind: "change",
      step,
      arm: change.arm,
      text: describeChange(before, change.arm, change.fields),
      changed: { names: Object.keys(change.fields), before },
    }),
  );
  return [...marks.filter((mark) => !isOfStep(mark)), ...fresh].slice(-MARK_LIMIT);
}

const sameArms = (before: RunConfig | undefined, run: RunConfig): boolean =>
  before?.arms.map(({ name }) => name).join() === run.arms.map(({ name }) => name).join();

/** The fields in which the arms differ from what they were: of all arms at once where they agree. */
function changesBetween(
  before: RunConfig,
  after: RunConfig,
  names: readonly string[],
): Omit<Change, "step">[] {
  const byArm = after.arms.map(({ name: arm }) => {
    const changed = names.flatMap((name) => {
      const [was, is] = [getField(before, name, arm), getField(after, name, arm)];
      return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ name, was, is }];
    });
    return { arm, changed };
  });
  const [first, ...others] = byArm;
  const same = ({ changed }: (typeof byArm)[number]): boolean =>
    JSON.stringify(changed) === JSON.stringify(first?.changed);
  const apart = first === undefined || !others.every(same) ? byArm : [{ ...first, arm: null }];
  return apart
    .filter(({ changed }) => changed.length > 0)
    .map(({ arm, changed }) => ({
      arm,
      fields: Object.fromEntries(changed.map(({ name, is }) => [name, is])),
    }));
}

/** The marks of what befell a run that was loaded as `loaded`. */
export function marksOf(loaded: RunConfig, events: readonly StoredEvent[]): readonly Mark[] {
  let [run, marks]: [RunConfig, readonly Mark[]] = [loaded, []];
  for (const { kind, step, arm, text, finding, fields } of events) {
    if (kind === "change") {
      marks = withChange(marks, run, { arm, step, fields: fields ?? {} });
      run = withFields(run, arm, fields ?? {});
    } else if (kind !== "answers") {
      marks = [...marks, { kind, step, arm, text, ...(finding !== undefined && { finding }) }];
    }
  }
  return marks.slice(-MARK_LIMIT);
}
