import { expect, test } from "vitest";
import { storageBuffer, storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import { evaluateObjective } from "../../src/engine/objective/evaluate.ts";
import { createObjective } from "../../src/engine/objective/objective.ts";
import type { ObjectiveConfig } from "../../src/engine/objective/settings.ts";
import { makeProblem } from "../support/objective-problem.ts";
import { download, run, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles(
  "objective/advantage",
  "objective/clip",
  "objective/entropy-bonus",
  "objective/entropy-mask",
  "objective/loss",
  "objective/sequence-ratio",
  "lib/settings",
  "objective/token-log-ratio",
  "statistics/objective-metrics",
  "statistics/ratio-histogram",
  "statistics/row-statistics",
);

const B = 6;
const K = 9;

test("one objective follows every change of the config, and leaves nothing of the last behind", () =>
  withDevice(async (device) => {
    const { batch, config, scope } = makeProblem(B, K);
    const floats = (label: string, values: readonly (readonly number[])[]) =>
      storageBufferOf(device, "batch", label, Float32Array.from(values.flat()));
    const objective = await createObjective(
      device,
      { B, K },
      {
        logp: floats("logp", batch.logp),
        logpOld: floats("logpOld", batch.logpOld!),
        logpRef: floats("logpRef", batch.logpRef!),
        entropy: floats("entropy", batch.entropy!),
        logpSampled: null,
        mask: storageBufferOf(device, "batch", "mask", Uint32Array.from(batch.mask.flat())),
        advantage: storageBufferOf(
          device,
          "batch",
          "advantage",
          Float32Array.from(batch.advantage),
        ),
        dlogp: storageBuffer(device, "batch", "dlogp", B * K),
        dentropy: storageBuffer(device, "batch", "dentropy", B * K),
      },
    );
    const changes: Partial<ObjectiveConfig>[] = [
      {},
      { loss_type: "cispo", epsilon_high: 1.1, beta: 0.1 },
      { top_entropy_quantile: 0.4, entropy_coef: 0.05, importance_sampling_level: "sequence" },
      { loss_type: "vespo", off_policy_mask_threshold: 0.01 },
      { loss_type: "grpo", delta: 1.1, importance_sampling_level: "sequence_token" },
    ];
    for (const change of changes) {
      const changed = { ...config, ...change };
      objective.configure(changed, scope);
      run(device, objective.run);
      const fresh = await evaluateObjective(device, { config: changed, batch, scope });
      expect(await download(device, objective.outputs.dlogp)).toEqual(fresh.dlogp.flat());
      expect(await download(device, objective.outputs.dentropy)).toEqual(fresh.dentropy.flat());
      expect(await download(device, objective.outputs.metrics)).toEqual(
        Object.values(fresh.metrics),
      );
    }
    expect(objective.bytes).toBeGreaterThan(15 * B * K * 4);
    objective.destroy();
  }));
