import { trlDefaults } from "../../config/schema.ts";
import { storageBuffer, storageBufferOf } from "../../engine/gpu/buffers.ts";
import type { Dispatch } from "../../engine/gpu/kernel.ts";
import { initialParameters, parameterLayout } from "../../engine/policy/parameters.ts";
import { createDecoder } from "../../engine/rollout/decoder.ts";
import { createUpdate } from "../../engine/update.ts";
import { kernelTimes } from "./kernel-times.ts";
import { launchesOf } from "./launches.ts";
import { measureLimits } from "./limits.ts";
import { measure, type Timing } from "./measure.ts";
import { watchDevice, type Watch } from "./watch-device.ts";
import {
  flopsOf,
  GROUP,
  policyOf,
  PROMPT,
  type Workload,
  type WorkloadName,
  workloads,
} from "./workloads.ts";

export interface BenchOptions {
  workloads: readonly WorkloadName[];
  /** Runs per measurement. */
  n: number;
  limits: boolean;
}

/** One measurement: the names that other trainers' benchmark prints, and ours. */
export type Measurement = Record<string, unknown>;

/** Measures training step, objective and rollout of each workload, and hands out line by line. */
export async function runBench(
  device: GPUDevice,
  options: BenchOptions,
  emit: (measurement: Measurement) => void,
): Promise<void> {
  const watch = watchDevice(device);
  for (const name of options.workloads) {
    const workload = workloads[name];
    const say = (kind: string, timing: Timing, more: Measurement) =>
      emit({ workload: name, kind, ...rounded(timing), ...more });
    await benchTraining(device, watch, workload, options.n, say);
    await benchRollout(device, watch, workload, options.n, say);
  }
  if (options.limits) {
    await measureLimits(device, options.n, (timing, more) =>
      emit({ kind: "limits", ...rounded(timing), ...more }),
    );
  }
}

type Say = (kind: string, timing: Timing, more: Measurement) => void;

async function benchTraining(
  device: GPUDevice,
  watch: Watch,
  w: Workload,
  n: number,
  say: Say,
): Promise<void> {
  const shape = policyOf(w);
  const layout = parameterLayout(shape);
  const { batch: B, context: T } = w;
  const before = watch.bytes;
  watch.peakBytes = watch.bytes;
  const began = performance.now();
  const params = storageBufferOf(device, "params", initialParameters(shape, 1));
  const referenceParams = storageBuffer(device, "reference params", layout.length);
  // A prompt of one column: all T columns are scored, as in the other trainers' step.
  const update = await createUpdate(
    device,
    shape,
    layout,
    { B, P: 1, C: T, slots: 1, accumulation: 1 },
    { params, referenceParams },
    "adamw_torch",
  );
  const compile_ms = performance.now() - began;
  const scattered = (factor: number) =>
    Uint32Array.from({ length: B * T }, (_, i) => (i * factor) % w.vocab);
  update.load(0, {
    tokens: scattered(7919),
    start: new Uint32Array(B),
    targets: scattered(104_729),
    mask: new Uint32Array(B * T).fill(1),
    advantage: Float32Array.from({ length: B }, (_, row) => (row % 5) - 2),
    logpSampled: null,
    logpOld: null,
    logpRef: null,
    numItemsInBatch: B * T,
  });
  let step = 0;
  const timing = await measure(async () => {
    update.begin({
      config: { ...trlDefaults, loss_type: "grpo", max_completion_length: T },
      learningRate: 1e-4,
      step: ++step,
      stepsPerGeneration: 1,
      gradientAccumulationSteps: 1,
      histogramRange: 0.1,
    });
    update.accumulate(0);
    const { gradNorm } = await update.finish();
    if (!(gradNorm > 0)) throw new Error(`the gradient's norm is ${gradNorm} at step ${step}`);
  }, n);
  const flops = flopsOf(w);
  const { passes } = update;
  const whole = together(...Object.values(passes));
  say(
    "train",
    { ...timing, first_ms: compile_ms + timing.first_ms },
    {
      tok_s: Math.round((B * T * 1e3) / timing.ms),
      gflops: Number((flops.ours / timing.ms / 1e6).toFixed(3)),
      flops: flops.ours,
      peer_flops: flops.peers,
      parameters: layout.count,
      compile_ms: Math.round(compile_ms),
      ...costs(watch, whole),
      peak_buffer_bytes: watch.peakBytes - before,
      kernels_ms: await kernelTimes(device, whole),
    },
  );
  const alone = await measure(async () => {
    launch(device, passes.objective);
    await device.queue.onSubmittedWorkDone();
  }, n);
  say("objective", alone, {
    tok_s: Math.round((B * T * 1e3) / alone.ms),
    gflops: null,
    ...costs(watch, passes.objective),
  });
  update.destroy();
  for (const each of [params, referenceParams]) each.destroy();
}

async function benchRollout(
  device: GPUDevice,
  watch: Watch,
  w: Workload,
  n: number,
  say: Say,
): Promise<void> {
  const shape = policyOf(w);
  const { batch: B, context } = w;
  const C = context - PROMPT;
  const before = watch.bytes;
  watch.peakBytes = watch.bytes;
  const began = performance.now();
  const params = storageBufferOf(device, "params", initialParameters(shape, 1));
  const decoder = await createDecoder(device, shape, { B, P: PROMPT, C, G: GROUP }, params);
  const compile_ms = performance.now() - began;
  const promptTokens = Uint32Array.from(
    { length: B * PROMPT },
    (_, i) => (Math.floor(i / PROMPT / GROUP) * 13 + (i % PROMPT) * 7) % w.vocab,
  );
  let generation = 0;
  const timing = await measure(
    () =>
      decoder.sample(
        { promptTokens, start: new Uint32Array(B) },
        {
          temperature: 1,
          topK: 0,
          topP: 1,
          minP: 0,
          seed: 1,
          generation: generation++,
          eos: null,
          pad: 0,
        },
      ),
    n,
  );
  const { prompt, token } = decoder.passes;
  const whole = together(prompt, ...Array.from({ length: C }, () => token));
  say(
    "rollout",
    { ...timing, first_ms: compile_ms + timing.first_ms },
    {
      tok_s: Math.round((B * C * 1e3) / timing.ms),
      gflops: null,
      compile_ms: Math.round(compile_ms),
      dispatches_per_token: launchesOf(token).length,
      ...costs(watch, whole),
      peak_buffer_bytes: watch.peakBytes - before,
    },
  );
  decoder.destroy();
  params.destroy();
}

const together =
  (...all: readonly Dispatch[]): Dispatch =>
  (pass) => {
    for (const dispatch of all) dispatch(pass);
  };

function launch(device: GPUDevice, dispatch: Dispatch): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  dispatch(pass);
  pass.end();
  device.queue.submit([encoder.finish()]);
}

/** Dispatches, and the bytes they move when each touches once what it binds. */
function costs(watch: Watch, run: Dispatch): Measurement {
  const launches = launchesOf(run);
  const bytes = launches.reduce((sum, { bindGroup }) => sum + (watch.bound.get(bindGroup) ?? 0), 0);
  return { dispatches: launches.length, bytes };
}

const rounded = (timing: Timing): Timing => ({
  ms: round(timing.ms),
  min: round(timing.min),
  max: round(timing.max),
  n: timing.n,
  first_ms: round(timing.first_ms),
});

const round = (ms: number): number => Number(ms.toPrecision(4));
