import type { GRPOConfig } from "../../config/types.ts";
import { storageBuffer } from "../gpu/buffers.ts";
import { Staging } from "../gpu/staging.ts";
import { createAdvantages, nameRewardMetrics } from "../objective/advantages.ts";
import type { Task } from "../../tasks/task.ts";

/** What the rewards of one rollout come to. */
export interface Estimate {
  /** Weighted sum of the functions. (N) */
  reward: Float32Array<ArrayBuffer>;
  /** Â. (N) */
  advantage: Float32Array<ArrayBuffer>;
  /** `reward`, `reward_std`, `frac_reward_zero_std`, `rewards/{name}/…`. */
  metrics: Record<string, number>;
}

/** Rewards in, advantages out, by the GPU's kernels, for rollouts of N completions of one task. */
export async function createAdvantageEstimator(device: GPUDevice, N: number, task: Task) {
  const F = task.rewards.length;
  const rewards = storageBuffer(device, "rollout", "rewards", N * F);
  const advantages = await createAdvantages(device, { N, F }, { rewards });
  const { reward, advantage, metrics } = advantages.outputs;
  const staging = new Staging(
    device,
    {
      reward: { buffer: reward, length: N },
      advantage: { buffer: advantage, length: N },
      metrics: { buffer: metrics, length: metrics.size / 4 },
    },
    1,
  );
  return {
    /** `values`: raw rewards (N, F), NaN where a function returned nothing. */
    async compute(values: Float32Array<ArrayBuffer>, config: GRPOConfig): Promise<Estimate> {
      device.queue.writeBuffer(rewards, 0, values);
      // A task states what its functions weigh; TRL's default would be 1 each.
      const reward_weights = config.reward_weights ?? task.rewardWeights;
      advantages.configure({ ...config, reward_weights });
      const encoder = device.createCommandEncoder({ label: "advantages" });
      const pass = encoder.beginComputePass();
      advantages.run(pass);
      pass.end();
      staging.copy(encoder, 0);
      device.queue.submit([encoder.finish()]);
      const read = await staging.read();
      const names = task.rewards.map(({ name }) => name);
      return {
        reward: new Float32Array(read.reward),
        advantage: new Float32Array(read.advantage),
        metrics: nameRewardMetrics(new Float32Array(read.metrics), names),
      };
    },
    get bytes(): number {
      return rewards.size + advantages.bytes + staging.bytes;
    },
    destroy(): void {
      rewards.destroy();
      advantages.destroy();
      staging.destroy();
    },
  };
}
