import { create } from "zustand";
import { tellingPrompt } from "../../analysis/film.ts";
import type { RetainedStep } from "../../record/retained-records.ts";
import { useRun } from "../run/run-store.ts";
import { pinStep, returnToLive } from "../view/view.ts";

/** Which of the pinned prompts the film on screen is of. */
export const useFilm = create<{ prompt: number; picked: boolean }>(() => ({
  prompt: 0,
  picked: false,
}));

/** The reader's own choice, for as long as this run is on screen. */
export const pickFilm = (prompt: number): void => useFilm.setState({ prompt, picked: true });

/**
 * Keeps the film at the prompt that tells most, until the reader picks one. While training runs the
 * prompt stays: a film that changes its subject cannot be watched.
 */
export function followFilm(): void {
  useRun.subscribe(({ film, status }, before) => {
    if (film === before.film && status === before.status) return;
    const another = film[0] !== before.film[0];
    if (!another && (useFilm.getState().picked || status === "playing")) return;
    useFilm.setState({ prompt: tellingPrompt(film), picked: false });
  });
}

/**
 * Everything goes to where a frame was taken, or to the next step after it that left a record. Where
 * that is the step on screen, and the frame lies before it, to the one before the frame.
 */
export function goToFrame(kept: readonly RetainedStep[], shown: number, step: number): void {
  const newest = kept.at(-1)?.step;
  const after = kept.find((each) => each.step >= step)?.step ?? newest;
  const before = kept.findLast((each) => each.step <= step)?.step;
  const to = after === shown && step < shown ? (before ?? after) : after;
  if (to === undefined) return;
  if (to === newest) returnToLive();
  else pinStep(to);
}
