import { longestPrompt } from "../../config/prompt-length.ts";
import type { RunConfig } from "../../config/types.ts";
import { layOutPrompts } from "./scored-rollout.ts";
import { storageBuffer } from "../gpu/buffers.ts";
import { chooseFamily } from "../layers/choose-family.ts";
import type { Family } from "../gpu/family.ts";
import { Submissions } from "../gpu/submissions.ts";
import { readFloats } from "../gpu/readback.ts";
import { createRollout } from "./rollout.ts";
import { createOptimizer } from "../optimizer/optimizer.ts";
import { initialParameters, parameterLayout, unpackTensors } from "../policy/parameters.ts";
import { createPolicy } from "../policy/policy.ts";
import type { Tensor } from "../policy/safetensors.ts";
import { Purpose, Random } from "../../base/random.ts";
import { loadedShape } from "../policy/shape-of.ts";
import type { PolicyShape } from "../policy/shape.ts";
import { checkedTask } from "../../tasks/checked-task.ts";
import { requireRunnable } from "./runnable.ts";
import { loadPainters } from "../../tasks/picture-task.ts";
import { task as taskOf } from "../../tasks/registry.ts";
import { encode, EOS, PAD, type Task } from "../../tasks/task.ts";

/** What a warm start is made of. */
export interface WarmStartOptions {
  device: GPUDevice;
  /** How products are computed; left out: what is faster on the device. */
  family?: Family;
  /** Policy, task, difficulty, seed and reward weights are what counts here. */
  config: RunConfig;
  /** A task of one's own, or one with other rewards; left out: the one of the id `config.task`. */
  task?: Task;
  /** Demonstrations per step, at least 1. */
  batch: number;
  /** Of AdamW, constant, at gradients clipped to norm 1; 3e-3 suits policies of 20 thousand weights. */
  learningRate: number;
  /** Stop as soon as the mean reward of a sampled rollout reaches this. */
  targetReward: number;
  /** Give up after so many steps. */
  maxSteps: number;
  /** Told the mean reward, now and then. */
  onEvaluated?: (step: number, reward: number) => void;
}

/** What a warm start comes to. */
export interface WarmStartResult {
  /** What `createRun` takes as `weights` and `encodeSafetensors` writes. */
  tensors: Record<string, Tensor>;
  /** Steps taken. */
  steps: number;
  /** Mean reward of the last sampled rollout; below `targetReward` where the steps ran out. */
  reward: number;
}

const EVALUATE_EVERY = 5;

/**
 * A supervised phase on the task's demonstrations, with the policy's own backward pass: brings
 * fresh weights to where some completions are right, so that there is something to reinforce.
 * Minimises the mean negative log-probability of the demonstrated tokens. Throws a UserError when
 * the configuration cannot run.
 */
export async function warmStart(options: WarmStartOptions): Promise<WarmStartResult> {
  const { device, config: run, batch: B } = options;
  const own = options.task ? checkedTask(options.task, run.difficulty) : null;
  requireRunnable(run, own);
  const gpu = { device, matmul: options.family ?? (await chooseFamily(device)) };
  const task = own ?? taskOf(run.task);
  if (task.picture) await loadPainters();
  const { vision } = run.policy;
  // Weights to begin with are what a tower's come from: here it learns.
  const policy = { ...run.policy, ...(vision && { vision: { ...vision, frozen: false } }) };
  const shape = await loadedShape({ ...run, policy }, task);
  const layout = parameterLayout(shape);
  const P = longestPrompt(run, task);
  const K = task.maxCompletionLength(run.difficulty);
  const params = storageBuffer(device, "weights", "warm start params", layout.length);
  const dparams = storageBuffer(device, "weights", "warm start dparams", layout.length);
  device.queue.writeBuffer(params, 0, initialParameters(shape, run.grpo.seed));
  const trained = await createPolicy(
    gpu,
    shape,
    { B, T: P + K - 1, head: P - 1 },
    { params, dparams },
  );
  const [optimizer, rollouts] = await Promise.all([
    createOptimizer(device, layout, { params, dparams }, "adamw_torch"),
    createRollout(
      { gpu, task, shape },
      { N: B, P, K: run.grpo.max_completion_length, G: 1 },
      params,
    ),
  ]);
  trained.setTemperature(1);
  const submissions = new Submissions(device, "warm start");

  const unfiltered = { ...run.grpo, temperature: 1, top_k: 0, top_p: 1, min_p: null };
  const evaluate = async (step: number): Promise<number> => {
    const { metrics } = await rollouts.roll(promptsAt(task, run, step, B), unfiltered, {
      generation: step,
    });
    return metrics.reward!;
  };

  let step = 0;
  let reward = await evaluate(0);
  // NaN, where no reward applied, is not there yet either.
  while (!(reward >= options.targetReward) && step < options.maxSteps) {
    const { targets, dlogp, pictures, ...batch } = demonstrations({ task, shape, run }, step, {
      B,
      P,
      K,
    });
    trained.load(batch);
    if (pictures) trained.pictures?.load(pictures);
    device.queue.writeBuffer(trained.targets, 0, targets);
    device.queue.writeBuffer(trained.dlogp, 0, dlogp);
    step++;
    optimizer.configure({
      learningRate: options.learningRate,
      step,
      beta1: 0.9,
      beta2: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
      maxGradNorm: 1,
    });
    submissions.encoder.clearBuffer(dparams);
    submissions.launch(trained.forward, trained.backward, optimizer.run);
    submissions.submit();
    if (step % EVALUATE_EVERY === 0) {
      reward = await evaluate(step);
      options.onEvaluated?.(step, reward);
    }
  }

  const tensors = unpackTensors(layout, await readFloats(device, params));
  for (const owned of [params, dparams, trained, optimizer, rollouts]) owned.destroy();
  return { tensors, steps: step, reward };
}

const promptsAt = (task: Task, run: RunConfig, step: number, count: number): string[][] =>
  Array.from({ length: count }, (_, i) =>
    task.prompt(new Random(run.grpo.seed, Purpose.warmStart, step, i), run.difficulty),
  );

/** One batch of demonstrations, laid out as the policy reads it. */
function demonstrations(
  { task, shape, run }: { task: Task; shape: PolicyShape; run: RunConfig },
  step: number,
  { B, P, K }: { B: number; P: number; K: number },
) {
  const T = P + K - 1;
  // Evaluations draw their prompts at the steps themselves: never the ones just seen.
  const prompts = promptsAt(task, run, 1_000_000 + step, B);
  const { promptTokens, start, pictures } = layOutPrompts(task, shape, prompts, P);
  const tokens = new Uint32Array(B * T).fill(PAD);
  const targets = new Uint32Array(B * K).fill(PAD);
  const counts = new Uint32Array(B * K);
  const end = new Uint32Array(B);
  prompts.forEach((prompt, row) => {
    const answer = [...encode(task, task.demonstration(prompt)), EOS];
    tokens.set(promptTokens.subarray(row * P, (row + 1) * P), row * T);
    tokens.set(answer.slice(0, K - 1), row * T + P);
    targets.set(answer, row * K);
    end[row] = P - 1 + answer.length;
    counts.fill(1, row * K, row * K + answer.length);
  });
  const total = counts.reduce((sum, count) => sum + count, 0);
  return {
    pictures,
    tokens,
    start,
    end,
    targets,
    dlogp: Float32Array.from(counts, (count) => -count / total),
  };
}
