import { runFindings } from "./remedies.ts";
import type { RunState } from "./run.ts";
import { receive, useRun } from "./session.ts";

/** How often the run's progress is looked at. */
const EVERY_MS = 1000;

/** What a run has come to that deserves a mark, by rule and arm. */
export interface Warning {
  key: string;
  arm: string | null;
  text: string;
}

/** The warnings about a run's progress that hold now. */
export const warningsOf = ({ run, history }: Pick<RunState, "run" | "history">): Warning[] =>
  run === null
    ? []
    : runFindings(run, history)
        .filter(({ severity }) => severity !== "note")
        .map(({ id, arm, message }) => ({ key: `${id} ${arm}`, arm, text: message }));

/** Marks the step at which a warning first holds. */
export function watchForWarnings(): void {
  /** The step of each mark; a run that is taken back before it may earn it again. */
  const told = new Map<string, number>();
  let looked = 0;
  useRun.subscribe((now, before) => {
    if (now.history === before.history) return;
    for (const [key, step] of told) if (step > now.step) told.delete(key);
    if (now.source !== "live" || now.history.length === 0) return told.clear();
    if (performance.now() - looked < EVERY_MS && now.status === "playing") return;
    looked = performance.now();
    for (const { key, arm, text } of warningsOf(now)) {
      if (told.has(key)) continue;
      told.set(key, now.step);
      receive({ type: "warned", step: now.step, arm, text });
    }
  });
}
