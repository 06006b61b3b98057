import { create } from "zustand";
import { readResult } from "../../experiments/result.ts";
import type { Material } from "../../lessons/lesson.ts";
import { parseRecording, type Recording } from "../../runs/recording.ts";
import { retainRecords } from "../../record/retained-records.ts";
import { lookAt, RECORDED } from "../run/actions.ts";
import { appendAll } from "../run/history.ts";
import { receive, useRun } from "../run/run-store.ts";
import { levelsOf } from "../run/shown-run.ts";

/** The run that lessons take their batches from, wherever it is. */
type Found =
  | { state: "waiting" }
  | { state: "failed"; why: string }
  | { state: "there"; recording: Recording; material: Material };

export const useMaterial = create<Found>(() => ({ state: "waiting" }));

/** The recorded run, longer ones of the same task with several seeds, and rows of many lengths. */
const RUN = "./recordings/default.json";
const EXPERIMENTS = ["./experiments/clips-more.json", "./experiments/spread-of-s.json"];
/** Stands for the recorded run among stored ones. */
const ID = "lesson";

/** Reads the recorded runs, once. */
export async function fetchMaterial(): Promise<void> {
  if (useMaterial.getState().state === "there") return;
  useMaterial.setState({ state: "waiting" }, true);
  try {
    const [run, ...experiments] = await Promise.all([RUN, ...EXPERIMENTS].map(read));
    const recording = parseRecording(run!);
    const [clipsMore, spreadOfS] = experiments.map((text) => readResult(JSON.parse(text)));
    const material = {
      retained: retainRecords([], recording.records),
      history: appendAll([], recording.reports, levelsOf(recording.run)),
      clipsMore: clipsMore!,
      spreadOfS: spreadOfS!,
    };
    useMaterial.setState({ state: "there", recording, material }, true);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    useMaterial.setState({ state: "failed", why }, true);
  }
}

async function read(address: string): Promise<string> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`for ${address} the server answers ${response.status}`);
  return response.text();
}

/** Whether the recorded run is what the page shows: by itself, looked at again, or for a lesson. */
export const recordedOnScreen = (): boolean => {
  const { source, viewedRun } = useRun.getState();
  const looked = viewedRun?.id ?? RECORDED;
  return source === "recorded" && (looked === RECORDED || looked === ID);
};

/** Puts the recorded run on screen; the page's own run waits behind it, and is not touched. */
export function bringRecorded(): void {
  const found = useMaterial.getState();
  if (found.state !== "there" || recordedOnScreen()) return;
  const name = "the recorded run of the lessons";
  lookAt({ id: ID, name, recording: found.recording, events: [] });
}

/** The page's own run again, where a lesson has put the recorded one before it. */
export function takeRecordedAway(): void {
  if (useRun.getState().viewedRun?.id === ID) receive({ type: "closed" });
}
