import { CHECKPOINT_VERSION } from "../../src/engine/training/checkpoint.ts";
import type { RunProgress } from "../../src/runs/database/append.ts";
import type { StoredRun } from "../../src/runs/stored-run.ts";
import type { StepReport } from "../../src/record/record.ts";
import { makeRecord, run as config } from "./make-record.ts";

/** A run of two arms, as the trainer knows it after `step` steps. */
export const storedRun = (over: Partial<StoredRun> = {}): StoredRun => ({
  id: "first",
  name: "Sort, seed 1",
  note: "",
  colour: null,
  seedGroup: null,
  parent: null,
  origin: "trained",
  run: config,
  build: "test",
  adapter: "swiftshader",
  parameters: 1000,
  createdAt: 1000,
  updatedAt: 2000,
  status: "unfinished",
  step: 4,
  totalSteps: 40,
  tokens: 96,
  elapsedMs: 400,
  bytes: 0,
  thinned: null,
  deletedAt: null,
  ...over,
});

/** Reports of both arms for steps `from` … `to`; one metric is NaN, one only one arm has. */
export const reports = (from: number, to: number): StepReport[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i).flatMap((step) =>
    ["token", "sequence"].map((arm) => ({
      arm,
      step,
      generation: Math.floor((step - 1) / 4),
      innerStep: (step - 1) % 4,
      metrics: {
        loss: 0.1 * step,
        kl: Number.NaN,
        ...(arm === "token" ? { entropy_coef: 1 / step } : {}),
      },
    })),
  );

const otherClip = { arm: "sequence", epsilon: 0.03, epsilon_high: null, delta: null };

/** Steps `from` … `to` of that run, with the records of each and a checkpoint at the end. */
export const progress = (run: StoredRun, from: number, to: number): RunProgress => ({
  run: { ...run, step: to },
  events: [],
  reports: reports(from, to),
  records: Array.from({ length: to - from + 1 }, (_, i) => ({
    run: run.id,
    step: from + i,
    generation: Math.floor((from + i - 1) / 4),
    bytes: 1000,
    // Every other one as records were before levels had bands of their own.
    records: [makeRecord({ step: from + i, ...((from + i) % 2 === 0 ? { otherClip } : {}) })],
  })),
  checkpoint: {
    run: run.id,
    step: to,
    bytes: 12,
    events: 0,
    checkpoint: {
      version: CHECKPOINT_VERSION,
      run: run.run,
      step: to,
      arms: [
        {
          arm: run.run.arms[0]!,
          config: run.run.grpo,
          pending: { temperature: 0.5 },
          microIndex: to,
          numTokens: 5,
          generation: null,
          histogramRange: 0.1,
          entropyController: { coefficient: null, entropy: Infinity },
          plateau: { base: null, rate: 0, best: null, bad: 0, cooldown: 0 },
          buffers: [Float32Array.of(to, 2, 3).buffer],
          held: { buffers: [], known: [] },
        },
      ],
    },
  },
});
