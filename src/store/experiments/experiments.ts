import { create } from "zustand";
import { sentenceOf, messageAndRemedy } from "../../base/user-error.ts";
import { experiments } from "../../experiments/registry.ts";
import { type ExperimentResult, readResult } from "../../experiments/result.ts";
import { type KeptExperiment, keptExperiments } from "../../runs/kept-experiments.ts";

/** What ships with the page of an experiment. */
export type Recorded =
  | { is: "coming" }
  | { is: "there"; result: ExperimentResult }
  | { is: "missing"; why: string };

/** The experiment that runs here, or waits. */
export interface Active {
  experiment: string;
  seeds: number;
  /** Its reader has paused it. */
  paused: boolean;
  /** Steps of all seeds; `total` is 0 until the first one is done. */
  done: number;
  total: number;
  /** What the rest takes, milliseconds; null: not known yet. */
  leftMs: number | null;
}

export interface ExperimentsState {
  recorded: Readonly<Record<string, Recorded>>;
  /** What this browser has of each experiment, finished or begun. */
  own: Readonly<Record<string, KeptExperiment>>;
  active: Active | null;
  /** Why an experiment stopped, or what of it could not be kept. */
  problem: { experiment: string; text: string } | null;
}

export const initialExperiments: ExperimentsState = {
  recorded: {},
  own: {},
  active: null,
  problem: null,
};

export const useExperiments = create<ExperimentsState>(() => initialExperiments);

let opened = false;

/** Reads what ships with the page and what this browser has, once. */
export function openExperiments(): void {
  if (opened) return;
  opened = true;
  for (const { id } of experiments) void readRecorded(id);
  keptExperiments()
    .list()
    .then((list) => list.forEach(showOwn))
    // A browser that keeps nothing has nothing of its own to show.
    .catch((error: unknown) => console.warn("The experiments of this browser", error));
}

const setRecorded = (id: string, recorded: Recorded): void =>
  useExperiments.setState((state) => ({ recorded: { ...state.recorded, [id]: recorded } }));

async function readRecorded(id: string): Promise<void> {
  setRecorded(id, { is: "coming" });
  try {
    const response = await fetch(`./experiments/${id}.json`);
    if (!response.ok) {
      const why = `The recorded result is not beside the page (${response.status}).`;
      return setRecorded(id, { is: "missing", why });
    }
    setRecorded(id, { is: "there", result: readResult(await response.json()) });
  } catch (error) {
    setRecorded(id, { is: "missing", why: sentenceOf(messageAndRemedy(error)) });
  }
}

/** A result of this browser takes the place of the one before it. */
export const showOwn = (kept: KeptExperiment): void =>
  useExperiments.setState(({ own }) => ({ own: { ...own, [kept.experiment]: kept } }));

/** Forgets what this browser has of an experiment: the recorded result is shown again. */
export async function forgetOwn(experiment: string): Promise<void> {
  try {
    await keptExperiments().remove(experiment);
  } catch (error) {
    return useExperiments.setState({
      problem: { experiment, text: sentenceOf(messageAndRemedy(error)) },
    });
  }
  useExperiments.setState(({ own: { [experiment]: _, ...own } }) => ({ own }));
}
