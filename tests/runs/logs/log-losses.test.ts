import { afterAll, describe, expect, test } from "vitest";
import { checkConfig } from "../../../src/config/check.ts";
import { createLogReader } from "../../../src/runs/logs/training-log.ts";
import { logToRecording } from "../../../src/runs/logs/log-run.ts";
import { openDevice } from "../../support/with-device.ts";

// Each log is small enough for its loss to be worked out by hand: two completions, of three tokens
// and of one, with the advantages 1 and −1, on-policy where nothing else is said.

const { device, close } = await openDevice();
afterAll(close);

type Line = Record<string, unknown>;

const line = (config: Line | null, over: Line = {}): Line => ({
  step: 1,
  prompts: ["p", "p"],
  completion_ids: [
    [5, 6, 1],
    [7, 0, 0],
  ],
  completion_mask: [
    [1, 1, 1],
    [1, 0, 0],
  ],
  per_token_logps: [
    [-1, -1, -1],
    [-1, 0, 0],
  ],
  old_per_token_logps: [
    [-1, -1, -1],
    [-1, 0, 0],
  ],
  advantages: [1, -1],
  eos_token_id: 1,
  ...(config && { config }),
  ...over,
});

async function imported(...lines: readonly (Line | string)[]) {
  const reader = createLogReader();
  for (const each of lines) {
    reader.push(`${typeof each === "string" ? each : JSON.stringify(each)}\n`);
  }
  return logToRecording(device, reader.finish(), () => {});
}

const lossOf = async (...lines: readonly Line[]): Promise<number> => {
  const { reports } = await imported(...lines);
  return reports.at(-1)!.metrics.loss!;
};

describe("what a loss is divided by", () => {
  test.each<[string, Line[], number]>([
    [
      "dr_grpo: rows times the real max_completion_length",
      [line({ loss_type: "dr_grpo", max_completion_length: 4096 })],
      -(3 - 1) / (2 * 4096),
    ],
    [
      "dr_grpo within the page's bounds",
      [line({ loss_type: "dr_grpo", max_completion_length: 1024 })],
      -(3 - 1) / (2 * 1024),
    ],
    [
      "dapo: the window's share of num_items_in_batch",
      [line({ loss_type: "dapo", steps_per_generation: 2 }, { num_items_in_batch: 16 })],
      -(3 - 1) / (16 / 2),
    ],
    [
      "dapo: the share that generation_batch_size makes of it",
      [
        line(
          { loss_type: "dapo", per_device_train_batch_size: 2, generation_batch_size: 4 },
          { num_items_in_batch: 16 },
        ),
      ],
      -(3 - 1) / (16 / 2),
    ],
    [
      "cispo: the same, its cap the ratio's",
      [line({ loss_type: "cispo", epsilon_high: 5 }, { num_items_in_batch: 8 })],
      (3 - 1) / 8,
    ],
    ["dapo without a count: the tokens of the step", [line({ loss_type: "dapo" })], -(3 - 1) / 4],
    [
      "dapo over two micro-batches: one window",
      [1, 2].map(() =>
        line(
          { loss_type: "dapo", gradient_accumulation_steps: 2, steps_per_generation: 4 },
          { num_items_in_batch: 16 },
        ),
      ),
      (-2 * (3 - 1)) / ((16 * 2) / 4),
    ],
    [
      "bnpo over two micro-batches: the mean of two means",
      [
        line({ loss_type: "bnpo", gradient_accumulation_steps: 2 }),
        line(null, { advantages: [2, 0] }),
      ],
      (-(3 - 1) / 4 - 6 / 4) / 2,
    ],
    [
      "bnpo of two processes: each its own tokens",
      [line({ loss_type: "bnpo" }, { process: 0 }), line(null, { advantages: [2, 0], process: 1 })],
      (-(3 - 1) / 4 - 6 / 4) / 2,
    ],
    [
      "dapo of two processes: a process's share of the count",
      [0, 1].map((process) => line({ loss_type: "dapo" }, { process, num_items_in_batch: 16 })),
      -(3 - 1) / (16 / 2),
    ],
    [
      "grpo with a row that mask_truncated_completions emptied: both rows",
      [
        line(
          { loss_type: "grpo", mask_truncated_completions: true },
          {
            completion_mask: [
              [1, 1, 1],
              [0, 0, 0],
            ],
          },
        ),
      ],
      -(1 + 0) / 2,
    ],
  ])("%s", async (_, lines, expected) => {
    expect(await lossOf(...lines)).toBeCloseTo(expected, 7);
  });
});

test("metrics of two processes: means over all their tokens, the least and the most of both", async () => {
  const one = {
    process: 0,
    completion_ids: [[5, 6, 1]],
    completion_mask: [[1, 1, 1]],
    prompts: ["p"],
    advantages: [-1],
    per_token_logps: [[-1.5, -1, -1]],
    old_per_token_logps: [[-1, -1, -1]],
    entropies: [[1, 1, 1]],
  };
  const other = {
    process: 1,
    completion_ids: [[7]],
    completion_mask: [[1]],
    prompts: ["p"],
    advantages: [-1],
    per_token_logps: [[-0.5]],
    old_per_token_logps: [[-1]],
    entropies: [[5]],
  };
  const { reports } = await imported(line({ loss_type: "grpo" }, one), line(null, other));
  const metrics = reports[0]!.metrics;
  expect(metrics.entropy).toBeCloseTo((3 + 5) / 4, 6);
  expect(metrics["clip_ratio/region_mean"]).toBeCloseTo(1 / 4, 6);
  expect(metrics["clip_ratio/low_min"]).toBe(0);
  expect(metrics["ratio/token_min"]).toBeCloseTo(Math.exp(-0.5), 6);
  expect(metrics["ratio/token_max"]).toBeCloseTo(Math.exp(0.5), 6);
});

describe("a sampler that is not the trainer", () => {
  const ratio = { loss_type: "grpo", use_vllm: true };

  test("its ratio multiplies the loss of each token", async () => {
    const importance_sampling_ratio = [
      [0.5, 0.5, 0.5],
      [2, 2, 2],
    ];
    const loss = await lossOf(line(ratio, { importance_sampling_ratio }));
    expect(loss).toBeCloseTo(-(0.5 - 2) / 2, 6);
  });

  test("a ratio for each sequence multiplies all of its tokens", async () => {
    const loss = await lossOf(line(ratio, { importance_sampling_ratio: [[0.5], [2]] }));
    expect(loss).toBeCloseTo(-(0.5 - 2) / 2, 6);
  });

  test("vespo multiplies it over the sequence's own tokens", async () => {
    const importance_sampling_ratio = [
      [0.5, 1, 2],
      [0.5, 1, 1],
    ];
    const loss = await lossOf(
      line({ loss_type: "vespo" }, { importance_sampling_ratio, num_items_in_batch: 4 }),
    );
    // Weights 1 and 0.5 with the constants (2, 3) where the advantage is positive, else (3, 2).
    const phi = (w: number, k: number, lambda: number) =>
      Math.exp(lambda + k * Math.log(w) - lambda * w);
    // The log-probs are −1 each.
    expect(loss).toBeCloseTo((3 * phi(1, 2, 3) - phi(0.5, 3, 2)) / 4, 5);
  });

  test("its log-probs are those that the off-policy mask compares with", async () => {
    const off = { loss_type: "grpo", off_policy_mask_threshold: 0.5 };
    const sampling_per_token_logps = [
      [-1, -1, -1],
      [-0.2, 0, 0],
    ];
    // Of the row with a negative advantage the sampler is 0.8 ahead: it has no part in the loss.
    const { records, reports } = await imported(line(off, { sampling_per_token_logps }));
    expect(reports[0]?.metrics.loss).toBeCloseTo(-1 / 2, 6);
    expect(records[0]?.logpSampled[8]).toBeCloseTo(-0.2, 6);
  });
});

describe("tokens of tools and of an environment", () => {
  test.each(["tool_mask", "env_mask"])("%s takes them out of ratio and loss", async (name) => {
    const mask = [
      [1, 0, 1],
      [1, 1, 1],
    ];
    const per_token_logps = [
      [-1, -1 + Math.LN2, -1],
      [-1, 0, 0],
    ];
    const config = { loss_type: "grpo", importance_sampling_level: "sequence" };
    const { records, reports } = await imported(line(config, { [name]: mask, per_token_logps }));
    expect(reports[0]?.metrics.loss).toBeCloseTo(0, 6);
    expect([...records[0]!.sequenceRatio]).toEqual([1, 1]);
    expect([...records[0]!.mask.subarray(0, 4)]).toEqual([1, 0, 1, 0]);
  });
});

describe("evaluations of an earlier logger, which wrote them under the next step's number", () => {
  const zero = { advantages: [0, 0] };
  const evaluated = { loss_type: "grpo", eval_strategy: "steps", eval_steps: 1, max_steps: 2 };

  test("are left out, and it is said", async () => {
    const { records, notes } = await imported(
      line(evaluated),
      line(null, { step: 2, ...zero }),
      line(null, { step: 2, ...zero }),
      line(null, { step: 2 }),
      line(null, { step: 3, ...zero }),
      line(null, { step: 3, ...zero }),
    );
    expect(records.map(({ step, advantage }) => [step, ...advantage])).toEqual([
      [1, 1, -1],
      [2, 1, -1],
    ]);
    expect(notes.join(" ")).toContain(
      "2 micro-batches of an evaluation before steps 2, 3 are left out",
    );
  });

  test("are not looked for where a line says which process it is of", async () => {
    const { records } = await imported(
      line(evaluated, { process: 0 }),
      line(null, { step: 2, process: 0 }),
      line(null, { step: 2, process: 0, ...zero }),
    );
    expect(records.map(({ rows }) => rows)).toEqual([2, 4]);
  });
});

test("a log's values are taken as they are, beyond what the page trains with", async () => {
  const config = {
    loss_type: "grpo",
    per_device_train_batch_size: 2,
    gradient_accumulation_steps: 128,
    steps_per_generation: 512,
    generation_batch_size: 1024,
    num_generations: 2,
    max_completion_length: 8192,
    max_steps: 5_000_000,
    reward_weights: [1, 0.5],
    scale_rewards: true,
  };
  const lines = [1, 2, 3, 4, 5].map((step) => line(step === 1 ? config : null, { step }));
  const { run, records } = await imported(...lines);
  expect(run.grpo).toMatchObject({
    steps_per_generation: 512,
    max_completion_length: 8192,
    max_steps: 5_000_000,
    reward_weights: [1, 0.5],
    scale_rewards: "group",
  });
  expect(records.map(({ generation, innerStep }) => [generation, innerStep])).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 0],
  ]);
  // Neither its sizes nor its weights are held against the page's task.
  expect(checkConfig(run)).toEqual([]);
});

describe("rewards and advantages of a micro-batch", () => {
  test("rewards by function are shown row by row; NaN is one that said nothing", async () => {
    const text = JSON.stringify(
      line({ loss_type: "grpo" }, { rewards: { accuracy: [1, 0], format: ["?", 0.5] } }),
    ).replace('"?"', "NaN");
    const { records } = await imported(text);
    expect(records[0]?.rewardNames).toEqual(["accuracy", "format"]);
    expect(records[0]?.rewards.map((values) => [...values])).toEqual([
      [1, 0],
      [NaN, 0.5],
    ]);
  });

  test("one weight too few is said, not ignored", async () => {
    const { notes } = await imported(
      line({ loss_type: "grpo", reward_weights: [1, 0.5] }, { rewards: { accuracy: [1, 0] } }),
    );
    expect(notes.join(" ")).toContain("reward_weights has 2 numbers and the log 1 reward function");
  });

  test("advantages per token are read where they are one number a completion", async () => {
    const advantages = [
      [1, 1, 1],
      [-1, 9, 9],
    ];
    const { records } = await imported(line({ loss_type: "grpo" }, { advantages }));
    expect([...records[0]!.advantage]).toEqual([1, -1]);
    const differs = [
      [1, 0.5, 1],
      [-1, 0, 0],
    ];
    await expect(imported(line(null, { advantages: differs }))).rejects.toThrow(
      "Line 1: the advantages of its row 1 differ from token to token (1 and 0.5)",
    );
  });
});

describe("an entropy bonus", () => {
  const entropies = [
    [1, 1, 1],
    [0.5, 0, 0],
  ];
  const adaptive = {
    loss_type: "grpo",
    use_adaptive_entropy: true,
    entropy_coef: 0.1,
    entropy_coef_delta: 0.05,
    entropy_target: 1,
  };

  test("a line's entropy_coef is the one in force", async () => {
    const loss = await lossOf(line(adaptive, { entropies, entropy_coef: 0.2 }));
    expect(loss).toBeCloseTo(-0.2 * (3.5 / 4), 6);
  });

  test("without it, the controller is followed, which is said", async () => {
    const { reports, notes } = await imported(
      line(adaptive, { entropies }),
      line(null, { step: 2, entropies }),
    );
    const losses = reports.map(({ metrics }) => metrics.loss);
    // It acts from the second step on, as the entropy is below its target.
    expect(losses[0]).toBeCloseTo(0, 6);
    expect(losses[1]).toBeCloseTo(-0.15 * (3.5 / 4), 6);
    expect(notes.join(" ")).toContain("its controller is followed from the entropies");
  });
});

describe("the trainer's own metrics of a step", () => {
  const log = (metrics: Line, step = 1) => ({ step, metrics });

  test("stand beside what the log-probs give, an evaluation's too", async () => {
    const { reports, notes } = await imported(
      line({ loss_type: "grpo" }, { process: 0 }),
      log({
        loss: 0,
        grad_norm: 0.5,
        learning_rate: 1e-6,
        reward: 0.4,
        "rewards/accuracy/mean": 1,
      }),
      log({ eval_reward: 0.25 }),
    );
    expect(reports[0]?.metrics).toMatchObject({
      grad_norm: 0.5,
      learning_rate: 1e-6,
      reward: 0.4,
      "rewards/accuracy/mean": 1,
      eval_reward: 0.25,
    });
    expect(notes).toEqual(["The loss is the trainer's own at the step that it logged."]);
  });

  test("a loss that these log-probs do not give is said with both numbers", async () => {
    const { reports, notes } = await imported(line({ loss_type: "grpo" }), log({ loss: 0.25 }));
    expect(reports[0]?.metrics.loss).toBeCloseTo(0, 6);
    expect(notes[0]).toBe(
      "The loss differs from the trainer's own: at step 1 it logged 0.25, and these log-probs give 0. Something in its loss is not in the log.",
    );
  });

  test("a line of it over two steps is compared with their mean", async () => {
    const { notes } = await imported(
      line({ loss_type: "dapo" }, { process: 0, num_items_in_batch: 4 }),
      line(null, { step: 2, process: 0, num_items_in_batch: 4, advantages: [0, 0] }),
      log({ loss: -0.25 }, 2),
    );
    expect(notes[0]).toMatch(/^The loss is the trainer's own/);
  });
});

test("a second run in the same file takes the place of the first, which is said", async () => {
  const { records, notes } = await imported(
    line({ loss_type: "grpo" }),
    line(null, { step: 2 }),
    line(null, { step: 3 }),
    line(null, { step: 2, advantages: [2, -2] }),
  );
  expect(records.map(({ step, advantage }) => [step, advantage[0]])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect(notes).toEqual([
    "From line 4 on the log begins again at step 2; what it had of steps 2 to 3 before is left out.",
  ]);
});

test("a configuration holds from its line on, and a change of it is said", async () => {
  const old = {
    per_token_logps: [
      [-0.7, -0.7, -0.7],
      [-1, 0, 0],
    ],
  };
  const { records, notes } = await imported(
    line({ loss_type: "grpo", epsilon: 0.2 }, old),
    line({ loss_type: "grpo", epsilon: 0.5 }, { step: 2, ...old }),
  );
  expect(records.map(({ config, tokenClipped }) => [config.epsilon, tokenClipped[0]])).toEqual([
    [0.2, 1],
    [0.5, 0],
  ]);
  expect(notes).toEqual(["At step 2 the trainer's configuration changes: epsilon."]);
});

test("what a line has and nothing here uses is named", async () => {
  const { notes } = await imported(
    line({ loss_type: "grpo" }, { prompt_ids: [[1], [1]], pixel_values: [[0.5]], image_sizes: [] }),
  );
  expect(notes).toEqual(["Not read: pixel_values, image_sizes."]);
});

test("verl's names are called by their name", async () => {
  const verl = { step: 1, response_ids: [5, 6], old_log_probs: [-1, -1], log_probs: [-1, -1] };
  await expect(imported(verl)).rejects.toThrow(
    "Line 1: it has verl's names (response_ids, old_log_probs, log_probs)",
  );
});
