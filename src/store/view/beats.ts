import { create } from "zustand";
import { useView } from "./view.ts";

/** What a lecturer shows, one after another: each lights one part and says one sentence. */
export const BEATS = ["batch", "identical", "figure-3", "figure-4", "row"] as const;
export type Beat = (typeof BEATS)[number];

/** The beat on the page while presenting; null: none. */
export const useBeat = create<{ beat: Beat | null }>(() => ({ beat: null }));

/** To the next or the beat before; beyond either end there is none. */
export function walkBeats(by: 1 | -1): void {
  const { beat } = useBeat.getState();
  const from = beat === null ? (by > 0 ? -1 : BEATS.length) : BEATS.indexOf(beat);
  useBeat.setState({ beat: BEATS[from + by] ?? null });
}

// Beats are the presenter's: they end with presenting.
useView.subscribe(({ present }, before) => {
  if (before.present && !present) useBeat.setState({ beat: null });
});
