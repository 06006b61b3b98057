import { findPreset } from "../../config/presets.ts";
import { field, fields } from "../../config/schema.ts";
import type { RunConfig } from "../../config/types.ts";
import { formatValue } from "../../config/parse-field.ts";
import { load } from "../run/actions.ts";
import { commitField, loadUntrained, nextRun, presetValue, resetField } from "./commit-field.ts";
import { getField } from "../../config/run-fields.ts";
import {
  forgetHistory,
  recordEdit,
  useEditHistory,
  withoutRecording,
  type EditStep,
  type FieldSet,
} from "../config/edit-history.ts";
import { forgetEdits } from "../config/edits.ts";
import { equalValues } from "../config/field-values.ts";
import { useRun } from "../run/run-store.ts";

/** Puts back what the last edit took the place of; the same way as any edit: live, or at a reset. */
export function undoEdit(): void {
  const { done, undone } = useEditHistory.getState();
  const step = done.at(-1);
  if (step === undefined) return;
  const problem = put(step.before);
  if (problem === null) {
    useEditHistory.setState({ done: done.slice(0, -1), undone: [...undone, step], problem });
  } else useEditHistory.setState({ problem });
}

/** Takes the last undone edit again. */
export function redoEdit(): void {
  const { done, undone } = useEditHistory.getState();
  const step = undone.at(-1);
  if (step === undefined) return;
  const problem = put(step.after);
  if (problem === null) {
    useEditHistory.setState({ done: [...done, step], undone: undone.slice(0, -1), problem });
  } else useEditHistory.setState({ problem });
}

/** What a step would set, e.g. "epsilon 0.03, loss_type grpo". */
export const stepText = (sets: EditStep["before"]): string =>
  [...new Set(sets.map(({ name, value }) => `${name} ${formatValue(value)}`))].join(", ");

const put = (sets: readonly FieldSet[]): string | null =>
  withoutRecording(() => {
    for (const { name, arm, value } of sets) {
      const problem = commitField(field(name), arm, value);
      if (problem !== null) return problem;
    }
    return null;
  });

/** Fields in which the run that a reset would start is not its preset's. */
export const unlikePreset = (run: RunConfig) =>
  fields.filter((it) =>
    run.arms.some(
      ({ name: arm }) => !equalValues(getField(run, it.name, arm), presetValue(run, it, arm)),
    ),
  );

/** The preset's run, where the arms are others than its: fields alone do not lead back to it. */
export function presetOfOtherArms(run: RunConfig): RunConfig | null {
  const preset = findPreset(run.preset)?.run;
  if (preset === undefined) return null;
  const names = ({ arms }: RunConfig): string => JSON.stringify(arms.map(({ name }) => name));
  return names(preset) === names(run) ? null : preset;
}

/**
 * Takes everything back to what the preset has. Fields are one step of the history; where the arms
 * are others, the preset is loaded.
 */
export function resetAll(): void {
  const run = nextRun();
  if (run === null) return;
  const preset = presetOfOtherArms(run);
  if (preset !== null) {
    loadAsEdit(preset);
    return;
  }
  for (const it of unlikePreset(run)) resetField(it);
  void loadUntrained([]);
}

/**
 * Starts another run of the present one's preset and arms, or of others. In the first case its
 * fields are one edit, which can be undone like any.
 */
export function loadAsEdit(next: RunConfig): void {
  const before = nextRun();
  forgetEdits();
  load(next);
  if (before === null || !goesOn(before, next)) return;
  const sets = fields.flatMap(({ name }) =>
    before.arms.map(({ name: arm }) => ({
      was: { name, arm, value: getField(before, name, arm) },
      is: { name, arm, value: getField(next, name, arm) },
    })),
  );
  const changed = sets.filter(({ was, is }) => !equalValues(was.value, is.value));
  if (changed.length === 0) return;
  recordEdit(
    changed.map(({ was }) => was),
    changed.map(({ is }) => is),
  );
}

/** Whether edits of one run have a meaning in the other. */
const goesOn = (before: RunConfig, run: RunConfig): boolean => {
  const names = new Set(run.arms.map(({ name }) => name));
  return run.preset === before.preset && before.arms.every(({ name }) => names.has(name));
};

// Another preset, or an arm less: what was edited before is of a run that is gone.
useRun.subscribe(({ run }, { run: before }) => {
  if (run === before || before === null) return;
  if (run === null || !goesOn(before, run)) forgetHistory();
});
