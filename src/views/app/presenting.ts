import type { Stage } from "../../analysis/stage.ts";
import { TYPING } from "../controls/typing.ts";
import { useEffect } from "react";
import { openNotes, useNotes } from "../../store/page/notes.ts";
import { fullScreen, leavePresenting, present } from "../../store/page/present.ts";
import { stepThrough } from "../../store/screen/step-through.ts";
import { selectStage, useView } from "../../store/view/view.ts";

/** A clicker's keys are among them. */
const STEPS = new Map<string, 1 | -1>([
  ["ArrowRight", 1],
  ["PageDown", 1],
  ["ArrowLeft", -1],
  ["PageUp", -1],
]);
const STAGES = new Map<string, 1 | -1>([
  ["ArrowDown", 1],
  ["ArrowUp", -1],
]);

/**
 * P presents and Escape leaves; while presenting, arrows step through training, N through the slides,
 * S opens the speaker's notes and F goes to full screen.
 */
export function usePresenting(): boolean {
  const presenting = useView((view) => view.present);
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (presenting) dataset.mode = "present";
    else delete dataset.mode;
  }, [presenting]);
  useEffect(() => {
    // Full screen ends with the browser's own key, or because the notes opened beside it.
    const screen = (): void => {
      if (document.fullscreenElement === null && useNotes.getState().window === null) {
        leavePresenting();
      }
    };
    document.addEventListener("keydown", press);
    document.addEventListener("fullscreenchange", screen);
    return () => {
      document.removeEventListener("keydown", press);
      document.removeEventListener("fullscreenchange", screen);
    };
  }, []);
  return presenting;
}

/** Nobody who does not present needs them. */
const slides = () => import("../../store/screen/slides.ts");

/** A key in the presenter's window or in that of the notes. */
export function press(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target instanceof HTMLElement ? event.target : null;
  if (target?.closest(TYPING)) return;
  const on = useView.getState().present;
  const key = event.key.toLowerCase();
  if (key === "p" && !event.shiftKey) {
    if (on) leavePresenting();
    else present();
  } else if (on && event.key === "Escape") leavePresenting();
  else if (on && key === "n") void slides().then((to) => to.walkSlides(event.shiftKey ? -1 : 1));
  else if (on && key === "s") openNotes();
  else if (on && key === "f") fullScreen();
  else if (!on || event.defaultPrevented || walksItself(target) || !move(event)) return;
  event.preventDefault();
}

/** Cells and sliders have the arrows for themselves. */
const walksItself = (target: HTMLElement | null): boolean =>
  target?.closest("[role=gridcell], [role=slider], [type=range], [type=radio]") != null;

function move({ key, shiftKey }: KeyboardEvent): boolean {
  const step = STEPS.get(key);
  if (step !== undefined) {
    stepThrough(shiftKey ? "generation" : "inner-step", step);
    return true;
  }
  const by = STAGES.get(key);
  if (by === undefined) return false;
  const stages: readonly Stage[] = [1, 2, 3, 4, 5];
  const next = stages[stages.indexOf(useView.getState().stage) + by];
  if (next !== undefined) selectStage(next);
  return true;
}
