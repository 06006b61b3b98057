import type { FieldValue } from "../config/field.ts";
import type { GRPOConfig, RunConfig } from "../config/types.ts";
import { recordToJson } from "../record/record.ts";
import type { StoredRun } from "../runs/stored-run.ts";
import * as actions from "../store/run/actions.ts";
import { chosenArm } from "../store/run/arms.ts";
import { sentenceOf } from "../base/user-error.ts";
import type { Failure, RunState, Status } from "../store/run/run.ts";
import { storedRuns } from "../store/library/runs.ts";
import { listen, useRun } from "../store/run/run-store.ts";

/** What a script asks `load` for; what is left out is the default preset's. */
export interface LoadRequest {
  preset?: string;
  seed?: number;
  /** Values by field name; `sequence.epsilon` is the arm sequence's own. */
  config?: Readonly<Record<string, FieldValue>>;
}

export interface RunSummary {
  /** As it is stored; "current" for a run on the page of which nothing is stored yet. */
  id: string;
  preset: string;
  status: Status | StoredRun["status"];
  step: number;
  totalSteps: number;
  arms: readonly string[];
  config: GRPOConfig;
}

/** The page from a script or from the console: `window.ratioscope`. */
export interface Ratioscope {
  /** Resolves to true when the first run is built, or has failed to. */
  ready: Promise<true>;
  /** Builds a run in place of the present one; resolves at step 0. */
  load(request?: LoadRequest): Promise<void>;
  /** So many optimizer steps of every arm; resolves when they are done. */
  step(steps?: number): Promise<void>;
  /** Resolves when training has begun. */
  play(): Promise<void>;
  /** Resolves when training stands still. */
  pause(): Promise<void>;
  /**
   * The record of the last step of an arm, by default the first, as plain JSON. While training is so
   * fast that not every step leaves one, that of the next step.
   */
  record(arm?: string): Promise<Record<string, unknown>>;
  /** The run on the page, then the others that are stored, newest first. */
  runs(): Promise<RunSummary[]>;
  /** Trains on: the run on the page, or after a reload the stored one that was trained last. */
  resume(): Promise<void>;
  /** Destroys the GPU device; resolves when the page has noticed. The run comes back by itself. */
  loseDevice(): Promise<void>;
}

declare global {
  interface Window {
    ratioscope: Ratioscope;
  }
}

/** What reads arguments comes with the first that are given. */
const argumentsOf = () => import("./arguments.ts");

/** The scripting interface. Promises reject with the sentence of the failure that stopped them. */
export function scripting(): Ratioscope {
  const ready = new Promise<true>((resolve) => {
    const stop = listen(({ type }) => {
      if (type !== "loaded" && useRun.getState().status !== "failed") return;
      stop();
      resolve(true);
    });
  });
  /** Sends once the run stands ready and `check` lets it, then waits for `done`. */
  const ask = async (
    send: () => void,
    done: (type: string, state: RunState) => boolean,
    check = () => {},
  ) => {
    await ready;
    await settled();
    check();
    const answer = until(done);
    send();
    await answer;
  };

  return {
    ready,
    load: async (request = {}) => {
      const run = (await argumentsOf()).requestedRun(request);
      await ready;
      throwFailure(await actions.whenLoaded(run));
    },
    step: async (steps = 1) => {
      const wanted = (await argumentsOf()).stepsOf(steps);
      await ask(
        () => actions.step(wanted),
        isIdle,
        () => requireStepsLeft(`step(${wanted})`),
      );
    },
    play: () => ask(actions.play, isPlaying, () => requireStepsLeft("play()")),
    pause: () => ask(actions.pause, isIdle),
    resume: async () => {
      await ready;
      await settled();
      if (useRun.getState().source !== "live") {
        throwFailure(await actions.whenResumed(null, { play: true }));
        return requireStepsLeft("resume()");
      }
      requireStepsLeft("resume()");
      const playing = until(isPlaying);
      actions.play();
      await playing;
    },
    record: async (arm) => {
      const asked = (await argumentsOf()).armNameOf(arm);
      await ready;
      await lastRecorded();
      const { kept, run, source } = useRun.getState();
      const name = asked ?? (run === null ? null : chosenArm(run, null)?.name) ?? "";
      const record = source === "live" ? kept.at(-1)?.records[name] : undefined;
      if (record === undefined) throw noRecord(name, run);
      // As text and back: what JSON cannot hold (NaN, −0) is not handed out either.
      return plain(recordToJson(record));
    },
    runs: async () => {
      await ready;
      const { run, status, step, totalSteps, storage } = useRun.getState();
      const stored = (await storedRuns()) ?? [];
      const id = storage?.id || "current";
      const others = stored.filter((each) => each.id !== id).map((each) => summary(each, each));
      if (run === null) return others;
      return [summary({ id, run }, { status, step, totalSteps }), ...others];
    },
    loseDevice: async () => {
      await ready;
      // Where the GPU is gone already nothing can be lost, and no event would ever say so.
      requireAlive();
      const noticed = new Promise<void>((resolve) => {
        const stop = listen((event) => {
          if (event.type !== "lost" && event.type !== "failed") return;
          stop();
          resolve();
        });
      });
      actions.loseDevice();
      await noticed;
    },
  };
}

const summary = (
  { id, run }: { id: string; run: RunConfig },
  { status, step, totalSteps }: Pick<RunSummary, "status" | "step" | "totalSteps">,
): RunSummary => ({
  id,
  preset: run.preset,
  status,
  step,
  totalSteps,
  arms: run.arms.map(({ name }) => name),
  config: run.grpo,
});

const plain = (value: Record<string, unknown>): Record<string, unknown> =>
  JSON.parse(JSON.stringify(value));

const isIdle = (type: string): boolean => type === "idle";
const isPlaying = (type: string): boolean => type === "playing";

/** A run that has come to its end trains no more, whatever it is asked. */
function requireStepsLeft(call: string): void {
  const { status, step, totalSteps } = useRun.getState();
  if (status !== "finished") return;
  throw new Error(
    `${call}: the run has done all of its ${totalSteps} steps (it is at step ${step}). Load one with a larger max_steps.`,
  );
}

function noRecord(name: string, run: RunConfig | null): Error {
  const arms = run?.arms.map((arm) => arm.name) ?? [];
  const known = arms.includes(name)
    ? "Take a step first: step(1)."
    : `The run's arms are ${arms.join(", ")}.`;
  return new Error(`There is no record of an arm "${name}" yet. ${known}`);
}

/**
 * Resolves at the first event that `done` takes; rejects at the first failure that training stops
 * for. A change that is refused stops nothing.
 */
function until(done: (type: string, state: RunState) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = listen((event) => {
      if (event.type === "failed" && useRun.getState().status === "failed") {
        stop();
        reject(new Error(sentenceOf(event)));
      } else if (done(event.type, useRun.getState())) {
        stop();
        resolve();
      }
    });
  });
}

/** While training runs, asks for a record where the last step has left none, and waits for it. */
function lastRecorded(): Promise<void> {
  const { status, kept, step } = useRun.getState();
  const last = kept.at(-1)?.step ?? 0;
  if (status !== "playing" || last >= step) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = listen(() => {
      const now = useRun.getState();
      if (now.status === "playing" && (now.kept.at(-1)?.step ?? 0) <= step) return;
      stop();
      resolve();
    });
    actions.look();
  });
}

/** Waits until no run is being built; a run that failed to build is the caller's failure. */
async function settled(): Promise<void> {
  const isLoading = () => useRun.getState().status === "loading";
  if (isLoading()) {
    await new Promise<void>((resolve) => {
      const stop = listen(() => {
        if (isLoading()) return;
        stop();
        resolve();
      });
    });
  }
  requireAlive();
}

/** Throws the sentence of the failure that left no run; a diverged one can go on. */
function requireAlive(): void {
  const { status, failure } = useRun.getState();
  if (status === "failed" && failure?.kind !== "diverged") throwFailure(failure);
}

function throwFailure(failure: Failure | null): void {
  if (failure !== null) throw new Error(sentenceOf(failure));
}
