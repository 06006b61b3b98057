import { codeOf, kernelSpec, type KernelName } from "../shaders/manifest.ts";
import { beyondTRL } from "../../config/beyond-trl.ts";
import type { GRPOConfig } from "../../config/types.ts";
import { storageBuffer, uniformBuffer } from "../gpu/buffers.ts";
import { UserError } from "../../base/user-error.ts";
import { type Dispatch, Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";

const SETTINGS = structOf(codeOf("group-reward"), "Settings");

/** The fields of `GRPOConfig` that decide the advantages; any `GRPOConfig` will do. */
export type AdvantageConfig = Pick<
  GRPOConfig,
  | "num_generations"
  | "scale_rewards"
  | "multi_objective_aggregation"
  | "reward_weights"
  | "advantage_baseline"
  | "advantage_std_eps"
  | "advantage_std_unbiased"
  | "advantage_std_leave_one_out"
>;

export interface AdvantageShape {
  /** Completions in the generation batch; consecutive runs of `num_generations` are groups. */
  N: number;
  /** Reward functions. */
  F: number;
}

export interface AdvantageOutputs {
  reward: GPUBuffer; // (N), weighted sum; NaN where no function said anything
  advantage: GPUBuffer; // (N)
  metrics: GPUBuffer; // (3 + 2F), see nameRewardMetrics
}

/**
 * Rewards to advantages over a whole generation batch: the second half of TRL's
 * `_generate_and_score_completions`.
 */
export interface Advantages {
  outputs: AdvantageOutputs;
  /** Takes effect from the next `run`. */
  configure(config: AdvantageConfig): void;
  run: Dispatch;
  bytes: number;
  destroy(): void;
}

const SCALES = ["group", "batch", "none"] as const;
const ROWS = 64; // threads of a workgroup

/** `rewards`: (N, F), NaN where a function returned nothing. */
export async function createAdvantages(
  device: GPUDevice,
  { N, F }: AdvantageShape,
  { rewards }: { rewards: GPUBuffer },
): Promise<Advantages> {
  const buffer = (label: string, length: number) =>
    storageBuffer(device, "rollout", `advantages ${label}`, length);
  const settings = uniformBuffer(device, "advantages settings", SETTINGS.words);
  const weight = buffer("weight", F);
  const score = buffer("score", N);
  const zeroStd = buffer("zeroStd", N);
  const outputs: AdvantageOutputs = {
    reward: buffer("reward", N),
    advantage: buffer("advantage", N),
    metrics: buffer("metrics", 3 + 2 * F),
  };
  const owned = [settings, weight, score, zeroStd, ...Object.values<GPUBuffer>({ ...outputs })];

  const compile = (name: KernelName) => Kernel.create(device, kernelSpec(name));
  const [sum, normalise, statistics] = await Promise.all([
    compile("group-reward"),
    compile("group-advantage"),
    compile("reward-metrics"),
  ]);
  const { reward, advantage, metrics } = outputs;
  const intoScore = sum.bind([rewards, weight, reward, score, settings], Math.ceil(N / ROWS));
  const intoAdvantage = normalise.bind([score, advantage, zeroStd, settings], Math.ceil(N / ROWS));
  const intoMetrics = statistics.bind(
    [rewards, reward, zeroStd, metrics],
    Math.ceil((F + 1) / ROWS),
  );

  return {
    outputs,
    configure(config) {
      const G = config.num_generations;
      if (N % G !== 0) {
        throw new UserError(
          `${N} completions do not divide into groups of num_generations = ${G}.`,
          "Choose num_generations so that it divides the generation batch.",
          ["num_generations"],
        );
      }
      const weights = config.reward_weights ?? Array.from({ length: F }, () => 1);
      if (weights.length !== F) {
        throw new UserError(
          `reward_weights has ${weights.length} values for ${F} reward functions.`,
          "Give one weight for each reward function, or none.",
          ["reward_weights"],
        );
      }
      const each = config.multi_objective_aggregation === "normalize_then_sum";
      const beyond = beyondTRL(config);
      const packed = SETTINGS.pack({
        G,
        scale: SCALES.indexOf(config.scale_rewards),
        normaliseEach: Number(each),
        leavesOneOut: Number(!each && beyond.advantage_baseline === "leave_one_out"),
        stdLeavesOneOut: Number(!each && beyond.advantage_std_leave_one_out),
        ddof: Number(beyond.advantage_std_unbiased),
        eps: beyond.advantage_std_eps,
      });
      device.queue.writeBuffer(settings, 0, packed);
      device.queue.writeBuffer(weight, 0, Float32Array.from(weights));
    },
    run(pass) {
      intoScore(pass);
      intoAdvantage(pass);
      intoMetrics(pass);
    },
    bytes: owned.reduce((total, { size }) => total + size, 0),
    destroy: () => owned.forEach((each) => each.destroy()),
  };
}

/** Names the slots of `metrics` after the reward functions. */
export function nameRewardMetrics(
  slots: ArrayLike<number>,
  functions: readonly string[],
): Record<string, number> {
  const entries: [string, number][] = [
    ["reward", slots[0]!],
    ["reward_std", slots[1]!],
    ["frac_reward_zero_std", slots[2]!],
  ];
  functions.forEach((name, f) => {
    entries.push([`rewards/${name}/mean`, slots[3 + 2 * f]!]);
    entries.push([`rewards/${name}/std`, slots[4 + 2 * f]!]);
  });
  return Object.fromEntries(entries);
}
