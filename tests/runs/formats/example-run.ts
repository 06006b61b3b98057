import type { StepReport } from "../../../src/record/record.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { CHECKPOINT_VERSION, type RunCheckpoint } from "../../../src/engine/training/checkpoint.ts";
import type { WholeRun } from "../../../src/runs/stored-run.ts";
import { pictureText } from "../../../src/tasks/picture.ts";
import { answer } from "../../support/example-film.ts";
import { makeRecord } from "../../support/make-record.ts";

export const run = runFrom("sort", { seed: 3 });

/** Two arms, two optimizer steps a rollout. */
export const reports = (steps: number): StepReport[] =>
  Array.from({ length: steps }, (_, index) =>
    run.arms.map(({ name }, arm) => ({
      arm: name,
      step: index + 1,
      generation: index >> 1,
      innerStep: index % 2,
      metrics: {
        loss: index === 2 ? -Infinity : (arm ? -1 : 1) / (index + 3),
        grad_norm: index + 0.5,
        learning_rate: 1e-3 / (index + 1),
        epoch: (index + 1) / 4,
        num_tokens: 100 * (index + 1),
        reward: (index >> 1) / 7,
        kl: NaN,
        step_time: 0.25,
        "ratio/token_max": 1 + index,
        "clip_ratio/region_mean": index / 10,
      },
    })),
  ).flat();

export const records = [1, 2].flatMap((step) =>
  run.arms.map(({ name }) =>
    makeRecord({
      arm: name,
      step,
      innerStep: step - 1,
      config: run.grpo,
      rewards: [Float32Array.of(NaN, 0.1)],
      rewardNames: ["correct"],
    }),
  ),
);

const buffer = (length: number, seed: number): ArrayBuffer =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 7) & 255).buffer;

const checkpoint: RunCheckpoint = {
  version: CHECKPOINT_VERSION,
  run,
  step: 2,
  family: "workgroup",
  arms: run.arms.map((arm, i) => ({
    arm,
    config: { ...run.grpo, ...arm.overrides },
    pending: { temperature: 0.5 },
    microIndex: 2,
    numTokens: 900,
    generation: {
      number: 0,
      rollout: {
        prompts: [["sort", "2", "1", "="]],
        promptTokens: Uint32Array.from({ length: 8 }, (_, t) => t),
        start: Uint32Array.of(0, 1),
        completionTokens: Uint32Array.of(4, 5, 1, 5, 1, 0),
        logpSampled: Float32Array.of(-1, -0.5, -0, -2, NaN, 0),
        length: Uint32Array.of(3, 2),
        truncated: Uint32Array.of(0, 1),
        mask: Uint32Array.of(1, 1, 1, 1, 1, 0),
        rewards: Float32Array.of(1, NaN),
      },
      estimate: {
        reward: Float32Array.of(1, 0),
        advantage: Float32Array.of(0.7, -0.7),
        metrics: { reward: 0.5 },
      },
      order: [1, 0],
      metrics: { reward: -0, "rewards/correct/std": NaN },
      numItemsInBatch: 5,
    },
    histogramRange: 0.2,
    // As it is before the first step.
    entropyController: { coefficient: null, entropy: Infinity },
    plateau: { base: 1e-3, rate: 5e-4, best: null, bad: 1, cooldown: 0 },
    buffers: [buffer(64, i), buffer(128, i + 1)],
    held: {
      buffers: [buffer(40, i)],
      known: [{ logpOld: true, logpRef: false, numItemsInBatch: 5, sampled: true }],
    },
  })),
};

/** A run with everything that a run can have. */
export const wholeRun: WholeRun = {
  run: {
    id: "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
    name: "Tight ε, <b>seed 3</b>",
    note: "Zeile eins\nline two 👀",
    colour: 3,
    seedGroup: null,
    parent: null,
    origin: "trained",
    run,
    build: "0.1.0",
    adapter: "swiftshader",
    family: "workgroup",
    parameters: 20_000,
    createdAt: 1_790_000_000_000,
    updatedAt: 1_790_000_100_000,
    status: "unfinished",
    step: 4,
    totalSteps: 400,
    tokens: 400,
    elapsedMs: 1234.5,
    bytes: 1e6,
    thinned: null,
    deletedAt: null,
  },
  events: [
    { run: "", at: 0, step: 1, kind: "change", arm: null, text: "ε", fields: { epsilon: 0.1 } },
    { run: "", at: 1, step: 1, kind: "warning", arm: null, text: "!", fields: null, finding: "w" },
    {
      ...{ run: "", at: 2, step: 4, kind: "answers", arm: "token", text: "1 3", fields: null },
      answers: [answer("13", 0.2), answer("1233…", 0)],
    },
  ],
  metrics: [{ run: "", from: 1, reports: reports(4) }],
  records: [1, 2].map((step) => ({
    run: "",
    step,
    generation: 0,
    bytes: 500,
    records: records.filter((record) => record.step === step),
  })),
  checkpoints: [{ run: "", step: 2, bytes: 400, checkpoint }],
};

/** The pictures of two prompts of count-dots, and one of left-of, which is larger. */
export const pictures = [12, 12, 16].map((size, n) =>
  pictureText(
    Array.from({ length: size }, (_, y) => ".".repeat(y === n ? 2 : 0).padEnd(size, "r.b.")),
  ),
);

/** The same run with pictures in its prompts: of its records, of what it answered, of its rollouts. */
export const picturedRun: WholeRun = {
  ...wholeRun,
  events: wholeRun.events.map((event) => ({
    ...event,
    ...(event.answers && {
      answers: event.answers.map((each, i) => ({ ...each, prompt: [pictures[i + 1]!, "="] })),
    }),
  })),
  records: wholeRun.records.map((each) => ({
    ...each,
    records: each.records.map((record) => ({
      ...record,
      prompt: record.prompt.map((_, row) => `${pictures[row % 2]!} = sum`),
    })),
  })),
  checkpoints: wholeRun.checkpoints.map((stored) => ({
    ...stored,
    checkpoint: {
      ...checkpoint,
      arms: checkpoint.arms.map((arm) => {
        const { generation } = arm;
        const rollout = { ...generation!.rollout, prompts: [[pictures[2]!, "="]] };
        return { ...arm, generation: { ...generation!, rollout } };
      }),
    },
  })),
};
