import { create } from "zustand";
import { canGoOn, lockOf, type StoredRun } from "../runs/stored-run.ts";
import { resumeRun } from "./actions.ts";
import { useRun } from "./session.ts";

/** The unfinished run that the page offers to go on with; null: none, or the offer was declined. */
export const useOffer = create<{ run: StoredRun | null; foundAt: number }>(() => ({
  run: null,
  /** Milliseconds since 1970. */
  foundAt: 0,
}));

export const declineOffer = (): void => useOffer.setState({ run: null });

/** Goes on with a stored run, training at once. */
export function continueRun(id: string): void {
  declineOffer();
  resumeRun(id, { play: true });
}

/** Looks for the run that was trained last, is unfinished, and is open in no other tab. */
export async function lookForOffer(): Promise<void> {
  const { openRuns } = await import("../runs/database.ts");
  const database = await openRuns();
  const runs = (await database.list()).filter(canGoOn);
  database.close();
  const held = "locks" in navigator ? ((await navigator.locks.query()).held ?? []) : [];
  const taken = new Set(held.map(({ name }) => name));
  const [last] = runs
    .filter(({ id }) => !taken.has(lockOf(id)))
    .toSorted((a, b) => b.updatedAt - a.updatedAt);
  if (useRun.getState().source !== "live") {
    useOffer.setState({ run: last ?? null, foundAt: Date.now() });
  }
}

const RELOADED = "ratioscope.continue";

/** For a page that the browser gives no GPU any more: a new one goes on with the run by itself. */
export function reloadAndContinue(): void {
  const id = useRun.getState().storage?.id ?? "";
  if (id !== "") sessionStorage.setItem(RELOADED, id);
  location.reload();
}

/** The run that the page before a reload was to go on with; asked for once. */
export function takeContinued(): string | null {
  const id = sessionStorage.getItem(RELOADED);
  sessionStorage.removeItem(RELOADED);
  return id;
}
