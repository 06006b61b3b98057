import type { GpuContext } from "../../engine/gpu/context.ts";
import { storageBufferOf } from "../../engine/gpu/buffers.ts";
import { initialParameters } from "../../engine/policy/parameters.ts";
import { createDecoder } from "../../engine/sampler/decoder.ts";
import { launchesOf } from "./launches.ts";
import { measure } from "./measure.ts";
import { costs, gflops, type Say, together } from "./measurement.ts";
import type { Watch } from "./watch-device.ts";
import { GROUP, policyOf, PROMPT, rolloutFlops, type Workload } from "./workloads.ts";

/** Sampling of whole completions from a prompt of PROMPT tokens, as the other trainers do it. */
export async function benchRollout(
  gpu: GpuContext,
  watch: Watch,
  w: Workload,
  n: number,
  say: Say,
): Promise<void> {
  const shape = policyOf(w);
  const { batch: B, context } = w;
  const K = context - PROMPT;
  const held = watch.startPeak();
  const began = performance.now();
  const params = storageBufferOf(gpu.device, "weights", "params", initialParameters(shape, 1));
  const decoder = await createDecoder(gpu, shape, { B, P: PROMPT, K, G: GROUP }, params);
  const compile_ms = performance.now() - began;
  const promptTokens = Uint32Array.from(
    { length: (B / GROUP) * PROMPT },
    (_, i) => (Math.floor(i / PROMPT) * 13 + (i % PROMPT) * 7) % w.vocab,
  );
  let generation = 0;
  const timing = await measure(
    () =>
      decoder.sample(
        { promptTokens, start: new Uint32Array(B / GROUP) },
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
  const whole = together(prompt, ...Array.from({ length: K }, () => token));
  say(
    "rollout",
    { ...timing, first_ms: compile_ms + timing.first_ms },
    {
      tok_s: Math.round((B * K * 1e3) / timing.ms),
      gflops: gflops(rolloutFlops(w), timing.ms),
      flops: rolloutFlops(w),
      compile_ms: Math.round(compile_ms),
      dispatches_per_token: launchesOf(token).length,
      ...costs(watch, whole),
      peak_buffer_bytes: watch.peakBytes - held,
    },
  );
  decoder.destroy();
  params.destroy();
}
