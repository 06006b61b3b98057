import { sentenceOf } from "../../base/user-error.ts";
import type { Field, FieldValue } from "../../config/field.ts";
import type { Finding, Patch } from "../../config/finding.ts";
import { checkConfig } from "../../config/check.ts";
import { findPreset } from "../../config/presets.ts";
import { applyPatch as withPatch, getField, setField } from "../../config/run-fields.ts";
import { field as fieldNamed } from "../../config/schema.ts";
import { SCHEDULE_ARGUMENTS } from "../../config/schedule-arguments.ts";
import type { RunConfig } from "../../config/types.ts";
import { change, whenLoaded } from "../run/actions.ts";
import {
  edit,
  forgetEdits,
  pendingCount,
  useEdits,
  withPending,
  type Edits,
} from "../config/edits.ts";
import { useRun } from "../run/run-store.ts";

/**
 * Takes a valid value of a field: live fields go to the worker, the others wait for a reset. So do
 * a schedule and its arguments where one does not go without the other: they are set one by one.
 * Returns why not, when the whole configuration could not run with it.
 */
export function commitField(it: Field, arm: string | null, value: FieldValue): string | null {
  const { run, loaded } = useRun.getState();
  if (run === null) return "No run is loaded.";
  const waits = Object.hasOwn(useEdits.getState().pending, it.name);
  if (!goesLive(it) || loaded === null || waits) {
    edit(run, it.name, value);
    // A seed is another run of the same: nothing is gained by waiting where nothing is trained.
    if (it.name === "seed") void loadUntrained([]);
    return null;
  }
  const problem = refusal(checkConfig(setField(run, it.name, value, arm)), it.name);
  if (problem?.id === SCHEDULE_ARGUMENTS && (arm === null || run.arms.length === 1)) {
    edit(run, it.name, value);
    return null;
  }
  if (problem !== undefined) return sentenceOf(problem);
  change(arm, { [it.name]: value });
  return null;
}

const goesLive = ({ scope, effect }: Field): boolean =>
  scope === "grpo" && (effect === "live" || effect === "next-generation");

/** The error that the field is part of. */
const refusal = (findings: readonly Finding[], name: string): Finding | undefined =>
  findings.find(({ severity, fields }) => severity === "error" && fields.includes(name));

/** Why the run that a reset would start cannot run, where the field is part of the reason. */
export const pendingProblem = (
  run: RunConfig,
  pending: Edits["pending"],
  name: string,
): string | null => {
  const problem = refusal(checkConfig(withPending(run, pending)), name);
  return problem === undefined ? null : sentenceOf(problem);
};

/** What the preset of the run has; the schema's default where the preset is unknown. */
export function presetValue(run: RunConfig, it: Field, arm: string | null): FieldValue {
  const preset = findPreset(run.preset);
  return preset === undefined ? it.trlDefault : getField(preset.run, it.name, arm);
}

/** Takes a field back to what the preset has, in every arm. */
export function resetField(it: Field): void {
  const { run } = useRun.getState();
  if (run === null) return;
  if (!goesLive(it)) {
    edit(run, it.name, presetValue(run, it, null));
    return;
  }
  for (const { name } of run.arms) commitField(it, name, presetValue(run, it, name));
}

/** Does what a finding proposes. */
export function applyPatch(patch: Patch, arm: string | null): void {
  for (const [name, value] of Object.entries(patch)) commitField(fieldNamed(name), arm, value);
}

/** The run that a reset would start, from what the stores hold now. */
export function nextRun(): RunConfig | null {
  const { run } = useRun.getState();
  return run === null ? null : withPending(run, useEdits.getState().pending);
}

/**
 * Starts the next run at once where the one that is there has trained nothing, `set` being changes
 * on their way to the worker. Null where there is nothing to start, or it could not run.
 */
export function loadUntrained(
  set: readonly { name: string; arm: string | null; value: FieldValue }[],
): Promise<unknown> | null {
  const { source, step } = useRun.getState();
  const next = nextRun();
  if (next === null || source === "live" || step > 0) return null;
  if (pendingCount(useEdits.getState()) === 0) return null;
  // Live fields among them are not yet in the store.
  const run = set.reduce(
    (all, { name, arm, value }) => withPatch(all, { [name]: value }, arm),
    next,
  );
  if (checkConfig(run).some(({ severity }) => severity === "error")) return null;
  forgetEdits();
  return whenLoaded(run);
}
