import type { ArmConfig, GRPOConfig, RunConfig } from "../config/types.ts";
import type { Counterfactual } from "../engine/training/counterfactual.ts";
import type { PictureAttention } from "../engine/training/picture-attention.ts";
import type { RouteScores } from "../engine/training/route-scores.ts";
import type { Family } from "../engine/gpu/family.ts";
import type { MemoryPlan } from "../engine/run/memory-plan.ts";
import type { ArmAnswers } from "../record/answers.ts";
import type { StepRecord, StepReport } from "../record/record.ts";
import type { StoredEvent } from "../runs/stored-run.ts";
import type { VectorReport } from "../vectors/report.ts";

/** Page → worker. What a command does to the run, events tell. */
export type Command =
  /**
   * The first command: where the page lies, to find `checkpoints/` beside it; with `keepsNothing`
   * neither runs nor what is measured of adapters are left in this browser.
   */
  | { type: "open"; base: string; keepsNothing?: boolean }
  | { type: "play" }
  | { type: "pause" }
  /** `steps` optimizer steps of every arm, then stands still. */
  | { type: "step"; steps: number }
  /** To the end of the current generation (at its end: the whole next one), then stands still. */
  | { type: "step-generation" }
  /** Live fields, from the next optimizer step on; `arm` null means every arm. */
  | { type: "change"; arm: string | null; fields: Partial<GRPOConfig> }
  /** What the run has come to deserves a mark, which is kept with the run. */
  | { type: "warned"; step: number; arm: string | null; finding: string; text: string }
  /** Somebody looks: the next step leaves its record, whether or not the page gets those of all. */
  | { type: "look" }
  /** At most this many optimizer steps a second; null is as fast as it goes. */
  | { type: "speed"; stepsPerSecond: number | null }
  /** Back to step 0 with the same initial weights. */
  | { type: "reset" }
  /** Destroys the device, for tests and demonstrations. */
  | { type: "lose-device" };

/**
 * Page → worker, each with an id of its own and answered under it, whatever else befalls the run
 * meanwhile. What the run has come to besides, events tell.
 */
export type Request =
  | SetUpRequest
  /**
   * What the other level would have done in a step of an arm; training stands still for it. A past
   * step is reached again on the side, and training then goes on as if nothing had been asked.
   */
  | { type: "counterfactual"; arm: string; step: number }
  /** Of a mixture: what the tokens of a step come to along the rollout's routes; as above. */
  | { type: "route-scores"; arm: string; step: number }
  /** Where a completion of a step, by its row, looks on its prompt's picture; as above. */
  | { type: "picture-attention"; arm: string; step: number; row: number }
  /** The records of a step that left none, as an event; training stands still for it, as above. */
  | { type: "recall"; step: number }
  /**
   * A new arm that goes on from where arm `of` stood after `step` steps; training stands still for
   * it. In the past: the whole run is taken back to that step first.
   */
  | { type: "fork"; of: string; arm: ArmConfig; step: number }
  /** Takes the run back to where it stood after `step` steps, and stands still there. */
  | { type: "rewind"; step: number }
  /** An arm's present weights, as the folder that transformers opens; training stands still for it. */
  | { type: "policy"; arm: string }
  /** The bundled reference vectors on this adapter; training stands still for them. */
  | { type: "verify" }
  /** What a run would hold on the GPU; nothing of it is built. */
  | { type: "plan"; run: RunConfig };

/** Brings a run; where it cannot, training has failed as well, and an event says so besides. */
export type SetUpRequest =
  /** Builds the run (device, kernels, weights) and waits at step 0. Replaces the run before it. */
  | { type: "load"; run: RunConfig }
  /**
   * Goes on with a stored run where it stopped, in place of the present run; null: the one trained
   * last. Trains on at once with `play`.
   */
  | { type: "resume"; id: string | null; play?: boolean };

/** What the page sends: a command, or a request and the id to answer it under. */
export type Message = Command | { type: "request"; id: number; request: Request };

/** What each request is answered with. */
export interface Replies {
  load: null;
  resume: null;
  counterfactual: Counterfactual;
  "route-scores": RouteScores;
  "picture-attention": PictureAttention;
  recall: null;
  fork: null;
  rewind: null;
  /** The folder as a zip archive. */
  policy: { step: number; archive: Uint8Array<ArrayBuffer> };
  verify: { adapter: AdapterFacts; reports: VectorReport[]; elapsedMs: number };
  plan: MemoryPlan;
}
export type ReplyTo<R extends Request> = Replies[R["type"]];

/** Why a request was not done, or why training stopped. */
export interface Failure {
  kind:
    | "no-webgpu"
    | "no-adapter"
    /** Its sums are wrong: nothing is trained on it. */
    | "miscomputes"
    | "limits"
    | "shader"
    | "config"
    | "diverged"
    | "device-lost"
    /** Lost, with the device or the page, before a step of a run that takes much of its memory. */
    | "set-up-lost"
    /** Lost, and the browser gives this page no other: a reload helps. */
    | "adapter-gone"
    /** A stored run could not be continued. */
    | "not-resumed"
    | "bug";
  message: string;
  remedy: string | null;
  fields: readonly string[];
  step: number | null;
  arm: string | null;
}

/** Worker → page: the answer to the request of this id. */
export type Reply = { type: "reply"; id: number } & (
  | { value: Replies[keyof Replies] }
  | { failure: Failure }
);

export interface AdapterFacts {
  /** As the browser names it, e.g. "nvidia ampere" or "swiftshader". */
  name: string;
  /** A software adapter: correct, but slow. */
  software: boolean;
  /** How matrix products are computed on it; absent: not known yet. */
  family?: Family;
}

/** What became of the run in the browser's storage. */
export interface StorageFacts {
  /** "full" and "failed" are tried again; "none": this browser keeps nothing for the page. */
  state: "kept" | "full" | "failed" | "none";
  /** Id of the run in the database. */
  id: string;
  /** The step up to which it can be continued; null: not stored yet. */
  step: number | null;
  /** What the run takes. */
  bytes: number;
  /** What was dropped or refused, for people; null: nothing. */
  text: string | null;
}

/** Worker → page. */
export type WorkerEvent =
  | { type: "progress"; what: string; done: number; total: number }
  /** What the run that is about to be built holds on the GPU, before any of it is allocated. */
  | { type: "planned"; plan: MemoryPlan }
  | {
      type: "loaded";
      run: RunConfig;
      adapter: AdapterFacts;
      /** Trainable numbers of one arm. */
      parameters: number;
      /** GPU bytes held by the run. */
      bytes: number;
      /** max_steps, or what num_train_epochs comes to. */
      totalSteps: number;
      /** Optimizer steps per rollout; 1 means every ratio is 1. */
      stepsPerGeneration: number;
    }
  | { type: "playing" }
  /** Standing still after pause, step or step-generation; "finished" when totalSteps is reached. */
  | { type: "idle"; step: number; reason: "paused" | "stepped" | "finished" | "reset" }
  /**
   * Batched, at most 20 a second. `reports` tells of every step, `records` holds those of whole
   * generations, at most 20 steps a second, and of the step that training stands still at; that one's
   * and those that are recalled come without reports, after them.
   */
  | {
      type: "stepped";
      reports: StepReport[];
      records: StepRecord[];
      /** What the arms answered after some of the steps; absent: they were not asked. */
      answers?: ArmAnswers[];
      elapsedMs: number;
      stepMs: number;
    }
  /** A stored run stands where it stopped. What was shown before it is another run's. */
  | {
      type: "resumed";
      id: string;
      /** With what its arms run with now. */
      run: RunConfig;
      step: number;
      reports: StepReport[];
      /** Of the newest steps. */
      records: StepRecord[];
      events: StoredEvent[];
      elapsedMs: number;
      /** Steps that were computed again from the last checkpoint. */
      replayed: number;
      /** What could differ from the run as it was, for people; null: nothing. */
      note: string | null;
    }
  | { type: "storage"; facts: StorageFacts }
  /** The device is gone; "recovered" follows, or "failed". */
  | { type: "lost"; step: number; message: string }
  /** As it was before the loss; training goes on if it was going on. */
  | { type: "recovered"; step: number; replayed: number; text: string; bytes: number }
  /** Steps replayed on the way to a past one. */
  | { type: "replaying"; done: number; total: number }
  /** The run stands after `step` steps again, with these arms set to these overrides. */
  | { type: "rewound"; step: number; arms: readonly ArmConfig[]; bytes: number }
  /** `bytes`: what the run holds on the GPU now; `text`: the fork in words. */
  | { type: "forked"; of: string; arm: ArmConfig; step: number; bytes: number; text: string }
  /** Reference vectors: cases done of those bundled. */
  | { type: "verifying"; done: number; total: number }
  /** Fields hold from `step` on; `text`: the change in words, as it is stored. */
  | {
      type: "changed";
      arm: string | null;
      fields: Partial<GRPOConfig>;
      step: number;
      text: string;
    }
  /** Training stopped, or a command was refused. */
  | ({ type: "failed" } & Failure);
