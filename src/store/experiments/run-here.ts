import { sentenceOf } from "../../base/user-error.ts";
import type { ExperimentCommand, ExperimentEvent } from "../../worker/experiment-protocol.ts";
import { connectExperiments } from "../../worker/experiments-client.ts";
import { useRun } from "../run/run-store.ts";
import { type Active, showOwn, useExperiments } from "./experiments.ts";

let send: ((command: ExperimentCommand) => void) | null = null;

/** The reader's own run has the GPU for itself: an experiment waits for it. */
export const waits = (status: string): boolean => status === "playing";

/** Starts the worker with the first experiment; from then on it is held while the page's run trains. */
function worker(): (command: ExperimentCommand) => void {
  if (send !== null) return send;
  send = connectExperiments(hear);
  useRun.subscribe((now, before) => {
    if (waits(now.status) !== waits(before.status)) holdOrGo();
  });
  return send;
}

function holdOrGo(): void {
  const { active } = useExperiments.getState();
  if (active === null) return;
  const held = active.paused || waits(useRun.getState().status);
  send?.({ type: held ? "hold" : "go" });
}

/** Runs an experiment, or goes on with it where it was begun here with as many steps. */
export function runHere(experiment: string, seeds: number, steps: number): void {
  if (useExperiments.getState().active !== null) return;
  const active: Active = {
    ...{ experiment, seeds, paused: false, done: 0, total: 0, leftMs: null },
  };
  useExperiments.setState({ active, problem: null });
  const tell = worker();
  holdOrGo();
  tell({ type: "run", experiment, seeds, steps, base: document.baseURI });
}

export function pauseExperiment(paused: boolean): void {
  change({ paused });
  holdOrGo();
}

/** No more of it; finished seeds stay. */
export const stopExperiment = (): void => send?.({ type: "stop" });

const change = (fields: Partial<Active>): void =>
  useExperiments.setState(({ active }) => ({ active: active && { ...active, ...fields } }));

function hear(event: ExperimentEvent): void {
  const { active } = useExperiments.getState();
  if (active === null) return;
  const { experiment } = active;
  switch (event.type) {
    case "progress": {
      const { done, total, leftMs } = event;
      return change({ done, total, leftMs });
    }
    case "seed":
      showOwn(event.kept);
      if (event.notKept !== null) {
        const text = `This result is not kept: ${event.notKept}`;
        useExperiments.setState({ problem: { experiment, text } });
      }
      return;
    case "ended":
      return useExperiments.setState({ active: null });
    case "failed":
      return useExperiments.setState({
        active: null,
        problem: { experiment, text: sentenceOf(event) },
      });
    default:
      event satisfies never;
  }
}
