import { longestPrompt } from "../../config/prompt-length.ts";
import { evaluationGroup } from "../../config/evaluation.ts";
import { evaluationRows } from "../../config/processes.ts";
import type { GRPOConfig, RunConfig } from "../../config/types.ts";
import { storageBuffer } from "../gpu/buffers.ts";
import type { GpuContext } from "../gpu/context.ts";
import { type Source, Staging } from "../gpu/staging.ts";
import { Submissions } from "../gpu/submissions.ts";
import { metricOf, nameMetrics, OBJECTIVE_METRICS } from "../../record/metric-rules.ts";
import { createObjective } from "../objective/objective.ts";
import { completionBatch, completionRectangle } from "../policy/completion-batch.ts";
import { createPolicy } from "../policy/policy.ts";
import type { PolicyShape } from "../policy/shape.ts";
import { Purpose, Random } from "../../base/random.ts";
import { createRollout } from "./rollout.ts";
import { picturesOf } from "./scored-rollout.ts";
import { routingOf } from "./step-settings.ts";
import { microBatchOf } from "./training-rollouts.ts";
import type { Task } from "../../tasks/task.ts";

export interface EvaluationSetup {
  gpu: GpuContext;
  run: RunConfig;
  config: GRPOConfig;
  task: Task;
  shape: PolicyShape;
  params: GPUBuffer;
  referenceParams: GPUBuffer;
}

/**
 * TRL's evaluation: prompts of their own, sampled and scored like a rollout but only looked at. It
 * has its own buffers and random numbers and reads nothing but the weights, so a run trains to the
 * same bits with it and without. The prompts are the same every time, in the same batches; TRL
 * deals the same prompts into batches anew.
 */
export async function createEvaluation(setup: EvaluationSetup) {
  const { gpu, run, config: initial, task, shape, params, referenceParams } = setup;
  const { device } = gpu;
  const G = evaluationGroup(initial);
  const B = evaluationRows(initial);
  const P = longestPrompt(run, task);
  const K = initial.max_completion_length;
  const perBatch = B / G;
  const rows = Array.from({ length: B }, (_, row) => row);
  const batches = run.evaluationSize / perBatch;

  const batchShape = { ...completionBatch(shape, { B, P, K }), pictures: perBatch };
  const policy = await createPolicy(gpu, shape, batchShape, { params, dparams: null });
  const owned: GPUBuffer[] = [];
  const buffer = (name: string, length: number) => {
    const created = storageBuffer(device, "batch", `evaluation ${name}`, length);
    owned.push(created);
    return created;
  };
  const { logp, entropy, dlogp, dentropy, routing } = policy;
  const inputs = {
    logpOld: buffer("logpOld", B * K), // never read: old is present
    logpRef: buffer("logpRef", B * K),
    logpSampled: buffer("logpSampled", B * K),
    mask: buffer("mask", B * K),
    advantage: buffer("advantage", B),
  };
  const [rollouts, objective] = await Promise.all([
    createRollout({ gpu, task, shape }, { N: B, P, K, G }, params),
    createObjective(device, { B, K }, { logp, entropy, dlogp, dentropy, ...inputs }),
  ]);
  const referenceForward = policy.forwardWith(referenceParams);
  const { metrics } = objective.outputs;
  const staging = new Staging(
    device,
    {
      metrics: { buffer: metrics, length: OBJECTIVE_METRICS.length },
      ...(routing && { balance: { buffer: routing.balance, length: routing.balance.size / 4 } }),
    } as Record<"metrics" | "balance", Source>,
    1,
  );

  const submissions = new Submissions(device, "evaluation");

  const prompts = (batch: number, seed: number): string[][] =>
    Array.from({ length: perBatch }, (_, i) =>
      task.prompt(
        new Random(seed, Purpose.evaluationPrompts, batch * perBatch + i),
        run.difficulty,
      ),
    );

  /** Samples and scores one batch; the metrics of it alone. */
  async function evaluateBatch(batch: number, config: GRPOConfig, step: number) {
    const rolled = await rollouts.roll(prompts(batch, config.seed), config, {
      purpose: Purpose.evaluationSampling,
      generation: step,
      firstRow: batch * B,
    });
    const { rollout, estimate, numItemsInBatch } = rolled;

    const write = (to: GPUBuffer, data: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>) =>
      device.queue.writeBuffer(to, 0, data);
    policy.load(completionRectangle(batchShape, microBatchOf(rolled, rows, { P, K })));
    const pictures = picturesOf(rollout.prompts);
    if (pictures) policy.pictures?.load(pictures);
    write(policy.targets, rollout.completionTokens);
    write(inputs.mask, rollout.mask);
    write(inputs.logpSampled, rollout.logpSampled);
    write(inputs.advantage, estimate.advantage);
    policy.setTemperature(config.temperature);
    // TRL: neither accumulation nor slices in evaluation, and the old policy is the present one.
    objective.configure(config, {
      gradientAccumulationSteps: 1,
      stepsPerGeneration: 1,
      numItemsInBatch,
      maxCompletionLength: config.max_completion_length,
      histogramRange: 1,
      onPolicy: true,
      sampled: true,
    });

    if (config.beta !== 0) {
      submissions.launch(referenceForward);
      submissions.encoder.copyBufferToBuffer(policy.logp, 0, inputs.logpRef, 0, B * K * 4);
    }
    submissions.launch(policy.forward, objective.run);
    staging.copy(submissions.encoder, 0);
    const read = await submissions.read(() => staging.read());
    const ofObjective = nameMetrics(new Float32Array(read.metrics));
    if (routing) {
      const auxLoss = new Float32Array(read.balance).at(-1)!;
      ofObjective.loss! += routingOf(config).auxLossCoefficient * auxLoss;
      ofObjective.aux_loss = auxLoss;
    }
    return { ...ofObjective, ...rolled.metrics };
  }

  return {
    /**
     * Metrics of the present weights over the whole evaluation set, under TRL's names with `eval_`
     * before them: means over the batches in which they are defined, left out where in none.
     */
    async evaluate(config: GRPOConfig, step: number): Promise<Record<string, number>> {
      const began = performance.now();
      const seen = new Map<string, number[]>();
      for (let batch = 0; batch < batches; batch++) {
        const found = await evaluateBatch(batch, config, step);
        for (const [name, value] of Object.entries(found)) {
          const { ofTraining, keepsNaN } = metricOf(name);
          if (ofTraining || (Number.isNaN(value) && !keepsNaN)) continue;
          seen.set(name, [...(seen.get(name) ?? []), value]);
        }
      }
      const means = [...seen].map(([name, values]): [string, number] => [
        `eval_${name}`,
        values.reduce((sum, value) => sum + value, 0) / values.length,
      ]);
      const runtime = (performance.now() - began) / 1000;
      return { ...Object.fromEntries(means), eval_runtime: runtime };
    },

    get bytes(): number {
      const own = owned.reduce((sum, { size }) => sum + size, 0);
      return own + policy.bytes + rollouts.bytes + objective.bytes + staging.bytes;
    },

    destroy(): void {
      for (const each of owned) each.destroy();
      policy.destroy();
      rollouts.destroy();
      objective.destroy();
      staging.destroy();
    },
  };
}
