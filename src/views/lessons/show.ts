import type { Part, View } from "../../lessons/lesson.ts";
import { bringRecorded, recordedOnScreen, takeRecordedAway } from "../../store/lesson/material.ts";
import { unfold, useView, type ViewState } from "../../store/view/view.ts";
import { type Batch, closeWhatIf, openExample, setLessonBand } from "../../store/screen/what-if.ts";

type Saved = Pick<ViewState, "arm" | "group" | "stage" | "compare" | "step" | "unfolded">;

/** What the reader looked at before the lesson; null: no lesson has changed it. */
let before: Saved | null = null;

/** Puts a lesson's batch on screen at its stage; the reader's own view comes back with `leave`. */
export function show({ batch, stage, row, token = 0 }: View): void {
  const { arm, group, stage: own, compare, step, unfolded } = useView.getState();
  before ??= { arm, group, stage: own, compare, step, unfolded };
  const pinned = row === null ? null : { row, token };
  const look = { stage, compare: "side", hover: null, phase: null, switched: null } as const;
  if (batch.kind === "recorded") {
    bringRecorded();
    closeWhatIf();
    useView.setState({ ...look, step: batch.step, arm: batch.arm, group: batch.group, pinned });
    return;
  }
  useView.setState(look);
  openExample();
  setLessonBand(batch.band);
  if (pinned !== null) useView.setState({ pinned });
}

/** The reader's own view again; a lesson that stays open shows its batch when it is next seen. */
export function giveBack(): void {
  closeWhatIf();
  takeRecordedAway();
  useView.setState({ pinned: null, hover: null, ...before });
  before = null;
}

/** Leaves the lesson. */
export function leave(): void {
  giveBack();
  useView.setState({ lesson: null });
}

/** Whether the figures show the batch of a view. */
export function isOnScreen({ batch: wanted }: View, batch: Batch | null): boolean {
  if (batch === null) return false;
  const { sandbox, record } = batch;
  if (wanted.kind === "example") return sandbox?.example === true;
  return (
    sandbox === null &&
    recordedOnScreen() &&
    record.step === wanted.step &&
    record.arm === wanted.arm
  );
}

const SELECTORS: Readonly<Record<Part, string>> = {
  figures: ".stage-figure .twin-figures",
  row: ".stage-figure .saveable-row",
  distributions: "#distributions",
  charts: ".saveable-charts",
  verdict: ".saveable-charts .verdict",
};

/** Lights a part of the page, unfolds it and brings it into view. */
export function light(part: Part): () => void {
  const { dataset } = document.documentElement;
  if (part !== "figures") unfold(part === "verdict" ? "charts" : part, true);
  dataset.lights = part;
  const frame = requestAnimationFrame(() => {
    document.querySelector(SELECTORS[part])?.scrollIntoView({ block: "nearest" });
    // With the figures what names them: stages, captions and the sentence. A phone has no room for it.
    if (part === "figures" && !matchMedia("(max-width: 799px)").matches) {
      document.querySelector(".sentence")?.scrollIntoView({ block: "nearest" });
    }
  });
  return () => {
    cancelAnimationFrame(frame);
    delete dataset.lights;
  };
}
