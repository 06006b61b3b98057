import { create } from "zustand";
import type { KeptStep } from "./kept-records.ts";
import { useRun } from "./session.ts";

/** While training runs, what is on screen changes this often at most: faster cannot be read. */
export const DISPLAY_MS = 200;

/** The kept steps as the views show them; while training runs, a little behind the run's own. */
export const useDisplay = create<{ kept: readonly KeptStep[] }>(() => ({ kept: [] }));

/** Keeps the display up with the run, at once when training stands still. */
export function followRun(): void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let shown = 0;
  const show = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    shown = performance.now();
    useDisplay.setState({ kept: useRun.getState().kept });
  };
  useRun.subscribe(({ kept, status }) => {
    if (status !== "playing") {
      if (kept !== useDisplay.getState().kept) show();
    } else if (kept !== useDisplay.getState().kept && timer === null) {
      timer = setTimeout(show, Math.max(0, shown + DISPLAY_MS - performance.now()));
    }
  });
}
