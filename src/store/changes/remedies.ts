import { create } from "zustand";
import type { Patch } from "../../config/finding.ts";
import { findings } from "../../config/findings/findings.ts";
import { progressFindings } from "../../config/findings/progress.ts";
import type { Finding } from "../../config/finding.ts";
import { checkConfig } from "../../config/check.ts";
import { patchText } from "../../config/patch-text.ts";
import { getField, variesByArm } from "../../config/run-fields.ts";
import { field } from "../../config/schema.ts";
import { armConfig, type RunConfig } from "../../config/types.ts";
import { applyPatch, commitField, loadUntrained, nextRun } from "./commit-field.ts";
import type { FieldSet } from "../config/edit-history.ts";
import { withPending, type Edits } from "../config/edits.ts";
import type { HistoryPoint } from "../run/history.ts";
import type { RunState } from "../run/run.ts";
import { shownRun } from "../screen/screen.ts";
import { useRun } from "../run/run-store.ts";

/** A remedy that was taken, and what it took the place of. */
export interface TakenRemedy {
  text: string;
  before: readonly FieldSet[];
  /** The run as it was loaded: with another one there is nothing to undo. */
  loaded: RunConfig | null;
}

export const useRemedies = create<{ taken: readonly TakenRemedy[] }>(() => ({ taken: [] }));

/**
 * Applies a finding's patch and remembers what was there. What needs a reset waits for it, unless
 * nothing is trained that a reset would lose.
 */
export function takeRemedy(patch: Patch, arm: string | null): void {
  const run = nextRun();
  if (run === null) return;
  const before = Object.keys(patch).flatMap((name) => {
    const arms = !variesByArm(field(name))
      ? [null]
      : arm === null
        ? run.arms.map((each) => each.name)
        : [arm];
    return arms.map((of) => ({ name, arm: of, value: getField(run, name, of) }));
  });
  const { loaded } = useRun.getState();
  const remedy = { text: patchText(patch), before, loaded };
  useRemedies.setState(({ taken }) => ({
    taken: [...taken.filter((each) => each.loaded === loaded), remedy],
  }));
  applyPatch(patch, arm);
  startUntrained(Object.entries(patch).map(([name, value]) => ({ name, arm, value })));
}

/** Puts back what a remedy took the place of. */
export function undoRemedy(remedy: TakenRemedy): void {
  useRemedies.setState(({ taken }) => ({ taken: taken.filter((each) => each !== remedy) }));
  for (const { name, arm, value } of remedy.before) commitField(field(name), arm, value);
  startUntrained(remedy.before);
}

/** Whether a remedy is not in force before the next reset. */
export const waits = ({ before }: TakenRemedy, pending: Edits["pending"]): boolean =>
  before.some(({ name }) => Object.hasOwn(pending, name) && field(name).effect !== "export-only");

/** Where nothing is trained a remedy is in force at once; what it is of is the run that then is loaded. */
function startUntrained(set: readonly FieldSet[]): void {
  const { loaded } = useRun.getState();
  void loadUntrained(set)?.then(() => {
    const now = useRun.getState().loaded;
    useRemedies.setState(({ taken }) => ({
      taken: taken.map((each) => (each.loaded === loaded ? { ...each, loaded: now } : each)),
    }));
  });
}

/** What the next reset would start will do; of what runs now where the former could not start. */
export function configFindings(run: RunConfig, pending: Edits["pending"]): Finding[] {
  const next = withPending(run, pending);
  return findings(checkConfig(next).length === 0 ? next : run);
}

/** Steps that a finding about progress looks at, from the start and from the end. */
const LOOKED_AT = 20;

/** What each arm has come to, from its recorded steps. */
export function runFindings(run: RunConfig, history: readonly HistoryPoint[]): Finding[] {
  return run.arms.flatMap((arm) => {
    const steps = history.flatMap(({ innerStep, metrics }) => {
      const own = metrics[arm.name];
      return own === undefined ? [] : [{ innerStep, metrics: own }];
    });
    const ends =
      steps.length > 2 * LOOKED_AT
        ? [...steps.slice(0, LOOKED_AT), ...steps.slice(-LOOKED_AT)]
        : steps;
    const config = run.configKnown === false ? null : armConfig(run, arm);
    return progressFindings(ends, config).map((fact) => ({ ...fact, arm: arm.name }));
  });
}

/**
 * What the run on screen has come to: the page's own, or a stored or imported one that is looked at.
 * Remedies of the latter say what to do and change nothing: its settings are not the page's.
 */
export function screenFindings(
  state: Pick<RunState, "run" | "recordedRun" | "source" | "viewedRun" | "history">,
): Finding[] {
  const { source, viewedRun, history } = state;
  const shown = shownRun(state);
  if (shown === null || (source !== "live" && viewedRun === null)) return [];
  const found = runFindings(shown, history);
  return source === "live" ? found : found.map((finding) => ({ ...finding, patch: null }));
}
