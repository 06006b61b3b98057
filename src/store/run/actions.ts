import type { GRPOConfig, Level, RunConfig } from "../../config/types.ts";
import type { Counterfactual } from "../../engine/training/counterfactual.ts";
import { parseRecording, type Recording } from "../../runs/recording.ts";
import type { TrainingWorker } from "../../worker/client.ts";
import type { Command, Failure, ReplyTo, Request } from "../../worker/protocol.ts";
import { RefusedError } from "../../worker/refused-error.ts";
import { getField } from "../../config/run-fields.ts";
import { recordEdit } from "../config/edit-history.ts";
import type { PageEvent } from "./run.ts";
import { receive, useRun } from "./run-store.ts";
import { pinStep, setSwitched, useView } from "../view/view.ts";

let worker: TrainingWorker | null = null;

/** Names what commands and requests go to. Called first before the page is drawn. */
export function commandsGoTo(way: TrainingWorker): void {
  worker = way;
}

/** Sends a command to the training worker. */
export function command(message: Command): void {
  if (worker === null) throw new Error("a command was sent before the worker was started");
  worker.send(message);
}

/** Asks the training worker; rejects with a RefusedError where it cannot be done. */
export async function ask<R extends Request>(request: R): Promise<ReplyTo<R>> {
  if (worker === null) throw new Error("a request was made before the worker was started");
  return worker.ask(request);
}

/** Why a request was not done; anything else that was thrown is a bug, and goes on. */
export function failureIn(error: unknown): Failure {
  if (error instanceof RefusedError) return error.failure;
  throw error;
}

/** Tells people why a request was not done. */
const refused = (error: unknown): void => receive({ type: "refused", failure: failureIn(error) });

/**
 * Builds the run in place of the one before it. Resolves when it stands at step 0, to null, or to why
 * it could not be built; an event has said so then, and the store has it.
 */
export function whenLoaded(run: RunConfig): Promise<Failure | null> {
  const { source } = useRun.getState();
  receive({ type: "loading", run });
  // Where nothing else is on screen, and the recorded run's own configuration is chosen again.
  if (recorded !== null && source === "none") {
    receive({ type: "recorded", recording: recorded.recording });
  }
  return ask({ type: "load", run }).catch(failureIn);
}

/** The same for who reads in the store what comes of it. */
export const load = (run: RunConfig): void => void whenLoaded(run);

/** Goes on with a stored run, or with the one trained last when `id` is null; resolves as above. */
export const whenResumed = (
  id: string | null,
  { play }: { play: boolean },
): Promise<Failure | null> => ask({ type: "resume", id, play }).catch(failureIn);

/** The same for who reads in the store what comes of it. */
export const resumeRun = (id: string | null, how: { play: boolean }): void =>
  void whenResumed(id, how);

export const play = (): void => command({ type: "play" });
export const pause = (): void => command({ type: "pause" });
export const step = (steps: number): void => command({ type: "step", steps });
export const stepGeneration = (): void => command({ type: "step-generation" });
/** Somebody looks: the next step leaves its record, however fast training is. */
export const look = (): void => command({ type: "look" });
export const reset = (): void => command({ type: "reset" });
export const loseDevice = (): void => command({ type: "lose-device" });

/** Sets live fields of one arm, or of every arm when `arm` is null. */
export function change(arm: string | null, fields: Partial<GRPOConfig>): void {
  const { run } = useRun.getState();
  if (run !== null) {
    const arms = arm === null ? run.arms.map(({ name }) => name) : [arm];
    for (const [name, value] of Object.entries(fields)) {
      recordEdit(
        arms.map((of) => ({ name, arm: of, value: getField(run, name, of) })),
        arms.map((of) => ({ name, arm: of, value })),
      );
    }
  }
  command({ type: "change", arm, fields });
}

/** The line about what befell the run was read. */
export const dismissNotice = (): void => receive({ type: "dismissed" });

/** Flips an arm's level; ε stays, and the page asks what to do about it. */
export function switchLevel(arm: string, level: Level): void {
  change(arm, { importance_sampling_level: level });
  const moved = useRun.getState().kept.findLast(({ innerStep }) => innerStep > 0);
  setSwitched({ arm, record: moved?.records[arm] ?? null });
}

/** Asks what the other level would have done in a step of the arm. */
export function askOtherLevel(arm: string, step: number): void {
  const { source } = useRun.getState();
  const answer =
    source === "recorded"
      ? recordedOtherLevel(arm, step)
      : ask({ type: "counterfactual", arm, step });
  answer.then((result) => receive({ type: "counterfactual", result })).catch(refused);
}

/** What was taken of it when the run was recorded; fetched once. */
async function recordedOtherLevel(arm: string, step: number): Promise<Counterfactual> {
  if (recorded === null) throw new Error("no recorded run is on the page");
  const { address, recording } = recorded;
  recorded.others ??= fetchOtherLevels(address, recording);
  const others = await recorded.others.catch((error: unknown) => {
    // The next press tries again.
    if (recorded !== null) recorded.others = null;
    throw error;
  });
  const found = others.find((each) => each.arm === arm && each.step === step);
  if (found === undefined) throw new Error(`step ${step} of arm ${arm} was not recorded`);
  return found;
}

async function fetchOtherLevels(address: string, recording: Recording): Promise<Counterfactual[]> {
  const response = await fetch(address.replace(/\.json$/, ".other-level.json")).catch(() => null);
  if (!response?.ok) {
    throw new RefusedError({
      kind: "bug",
      message: "What the other level would have done in the recorded run could not be fetched.",
      remedy: "Ask again when the page’s server can be reached.",
      fields: [],
      step: null,
      arm: null,
    });
  }
  const { parseOtherLevels } = await import("../../runs/other-levels.ts");
  return parseOtherLevels(await response.text(), recording.records);
}

/** Asks for the records of a step that left none, and shows the step when they are there. */
export function recall(step: number): void {
  ask({ type: "recall", step })
    .then(() => {
      // Who pressed Play meanwhile looks at what comes.
      if (useRun.getState().status !== "playing") pinStep(step);
    })
    .catch(refused);
}

/** Takes the run back to where it stood after so many steps; what came after is dropped. */
export function rewind(step: number): void {
  ask({ type: "rewind", step }).catch(refused);
}

/** Runs the bundled reference vectors on this adapter; training pauses for them. */
export function verify(): void {
  receive({ type: "verifying", done: 0, total: 0 });
  ask({ type: "verify" })
    .then((verified) => receive({ type: "verified", ...verified }))
    .catch((error: unknown) => {
      const { message, remedy } = failureIn(error);
      receive({ type: "verify-failed", message, remedy });
    });
}

/**
 * A new arm at the other level that goes on from where `of` stood after so many steps; returns its
 * name. Later steps of the run are dropped.
 */
export function fork(of: string, level: Level, step: number): string | null {
  const { run } = useRun.getState();
  if (run === null) return null;
  const taken = new Set(run.arms.map(({ name }) => name));
  const wanted = taken.has(level) ? `${of}-as-${level}` : level;
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}-${n}`;
  const overrides = { importance_sampling_level: level };
  ask({ type: "fork", of, arm: { name, overrides }, step })
    .then(() => {
      // ε is not comparable between the levels: the page asks about it once the fork is there.
      const moved = useRun.getState().kept.findLast(({ innerStep }) => innerStep > 0);
      setSwitched({ arm: name, record: moved?.records[of] ?? null });
    })
    .catch(refused);
  return name;
}

/** Limits training to so many optimizer steps a second; null is as fast as it goes. */
export function setSpeed(speed: number | null): void {
  useView.setState({ speed });
  command({ type: "speed", stepsPerSecond: speed });
}

/** Id of the recorded run where it is looked at among stored ones. */
export const RECORDED = "recorded";

/**
 * Puts a run on screen to look at; training pauses, and the page's own run waits behind it. That is when
 * training stands still: a step on its way would take the screen again.
 */
export function lookAt(run: Omit<Extract<PageEvent, { type: "opened" }>, "type">): void {
  const playing = () => useRun.getState().status === "playing";
  const open = () => receive({ type: "opened", ...run });
  if (!playing()) {
    open();
    return;
  }
  pause();
  const stop = useRun.subscribe(() => {
    if (playing()) return;
    stop();
    open();
  });
}

/** Back to the recorded run that training has taken the place of. */
export function lookAtRecorded(): void {
  if (recorded === null) throw new Error("no recorded run was on the page");
  const { recording } = recorded;
  lookAt({ id: RECORDED, name: "the recorded run", recording, events: [] });
}

/** That the recorded run was put away was read. */
export const putAwayRead = (): void => receive({ type: "put-away-read" });

/** The recorded run of this page, once it is read. */
let recorded: {
  address: string;
  recording: Recording;
  /** What the other level would have done in its steps; null: not asked for yet. */
  others: Promise<Counterfactual[]> | null;
} | null = null;

/** Shows a recorded run while nothing trains yet; the page does without it if there is none. */
export async function openRecording(address: string): Promise<void> {
  const response = await fetch(address);
  const json = response.headers.get("content-type")?.includes("json") ?? false;
  if (!response.ok || !json) return;
  const recording = parseRecording(await response.text());
  recorded = { address, recording, others: null };
  if (useRun.getState().source === "none") receive({ type: "recorded", recording });
}
