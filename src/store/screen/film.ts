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
 * Each run has its film at the prompt that tells most when its answers are first there, and keeps
 * it: a film that changes its subject unasked cannot be watched.
 */
export function followFilm(): void {
  useRun.subscribe(({ film }, before) => {
    if (film[0] === before.film[0]) return;
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
