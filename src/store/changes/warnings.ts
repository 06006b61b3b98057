import { runFindings } from "./remedies.ts";
import { command } from "../run/actions.ts";
import type { Mark } from "../run/marks.ts";
import type { RunState } from "../run/run.ts";
import { receive, useRun } from "../run/run-store.ts";

/** How often the run's progress is looked at. */
const EVERY_MS = 1000;

/** What a run has come to that deserves a mark, by rule and arm. */
export interface Warning {
  finding: string;
  arm: string | null;
  text: string;
}

/** The warnings about a run's progress that hold now. */
export const warningsOf = ({ run, history }: Pick<RunState, "run" | "history">): Warning[] =>
  run === null
    ? []
    : runFindings(run, history)
        .filter(({ severity }) => severity !== "note")
        .map(({ id, arm, message }) => ({ finding: id, arm, text: message }));

/**
 * Marks the step at which a warning first holds, here and in the stored run. A run that is taken back
 * before it has the mark no longer, and may earn it again.
 */
export function watchForWarnings(): void {
  let looked = 0;
  useRun.subscribe((now, before) => {
    if (now.history === before.history) return;
    if (now.source !== "live" || now.history.length === 0) return;
    if (performance.now() - looked < EVERY_MS && now.status === "playing") return;
    looked = performance.now();
    for (const warning of warningsOf(now)) {
      if (now.marks.some((mark) => isOf(mark, warning))) continue;
      const warned = { type: "warned", step: now.step, ...warning } as const;
      receive(warned);
      command(warned);
    }
  });
}

const isOf = (mark: Mark, { finding, arm }: Warning): boolean =>
  mark.finding === finding && mark.arm === arm;
