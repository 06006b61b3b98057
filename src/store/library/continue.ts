import { create } from "zustand";
import { lockOf, resumable, type StoredRun } from "../../runs/stored-run.ts";
import { resumeRun } from "../run/actions.ts";
import { browserPreference, setBrowserPreference } from "../browser/browser-preference.ts";
import { storedRuns } from "./runs.ts";
import { useRun } from "../run/run-store.ts";

/** The unfinished run that the page offers to go on with; null: none, or the offer was declined. */
export const useOffer = create<{ run: StoredRun | null; foundAt: number }>(() => ({
  run: null,
  /** Milliseconds since 1970. */
  foundAt: 0,
}));

export const declineOffer = (): void => useOffer.setState({ run: null });

/** Takes a stored run up where it stopped; without `play` it stands still until somebody asks. */
export function continueRun(id: string, { play = false } = {}): void {
  declineOffer();
  resumeRun(id, { play });
}

/** Looks for the run that was trained last, is unfinished, and is open in no other tab. */
export async function lookForOffer(): Promise<void> {
  const runs = resumable((await storedRuns()) ?? []);
  const held = "locks" in navigator ? ((await navigator.locks.query()).held ?? []) : [];
  const taken = new Set(held.map(({ name }) => name));
  const last = runs.find(({ id }) => !taken.has(lockOf(id)));
  if (useRun.getState().source !== "live") {
    useOffer.setState({ run: last ?? null, foundAt: Date.now() });
  }
}

const RELOADED = "ratioscope.continue";

/**
 * Where the browser gives the page no GPU any more, the page that comes after a reload goes on with
 * the run by itself, however it is reloaded: Chrome lifts its block at the browser's own reload only.
 */
export function continueAfterReload(): void {
  useRun.subscribe(({ status, failure, storage }, before) => {
    if (status === before.status) return;
    if (status === "playing" || failure?.kind === "not-resumed") {
      setBrowserPreference(RELOADED, null, "reloads");
    } else if (failure?.kind === "adapter-gone" && storage?.id) {
      setBrowserPreference(RELOADED, storage.id, "reloads");
    }
  });
}

/** The run that the page before a reload was to go on with. */
export const continuedRun = (): string | null => browserPreference(RELOADED, "reloads");
