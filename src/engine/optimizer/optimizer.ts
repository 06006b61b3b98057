import { UserError } from "../../base/user-error.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { createAdamW } from "./adamw.ts";
import { createGradientNorm } from "./gradient-norm.ts";
import type {
  CreateUpdateRule,
  OptimizedBuffers,
  OptimizedLayout,
  OptimizerSettings,
} from "./update-rule.ts";

/** Clips the gradients by their global norm and updates the weights, all on the GPU. */
export interface Optimizer {
  /** Norm, clip factor, update. A gradient that is not finite leaves weights and state as they are. */
  run: Dispatch;
  /** For the next submitted step. */
  configure(settings: OptimizerSettings): void;
  /** [gradient norm before clipping, 1 if the update was skipped, clip factor], f32. */
  status: GPUBuffer;
  /** What a checkpoint has to keep besides the weights. */
  state: readonly GPUBuffer[];
  /** GPU bytes of the state. */
  bytes: number;
  /** Back to the state before the first step. */
  reset(): void;
  destroy(): void;
}

/** By transformers' `optim` names; the code of those that few runs ask for comes when one does. */
const rules: Readonly<Record<string, CreateUpdateRule>> = {
  adamw_torch: createAdamW,
  adamw_torch_fused: createAdamW,
  adamw_8bit: async (...of) => (await import("./adamw-8bit.ts")).createAdamW8bit(...of),
  sgd: async (...of) => (await import("./sgd.ts")).createSGD(...of),
  lion_32bit: async (...of) => (await import("./lion.ts")).createLion(...of),
  adafactor: async (...of) => (await import("./adafactor.ts")).createAdafactor(...of),
};

/** One vec4 per invocation, 64 invocations per workgroup, 65,535 workgroups. */
const MAX_LENGTH = 4 * 64 * 65_535;

/** Throws a UserError when `optim` is not one of ours. */
export async function createOptimizer(
  device: GPUDevice,
  layout: OptimizedLayout,
  buffers: OptimizedBuffers,
  optim: string,
): Promise<Optimizer> {
  const createRule = rules[optim];
  if (!createRule) {
    throw new UserError(
      `optim is "${optim}"; here it can be ${Object.keys(rules).join(", ")}.`,
      "Choose one of these; adamw_torch is the default.",
      ["optim"],
    );
  }
  if (layout.length % 4 !== 0 || layout.length > MAX_LENGTH) {
    throw new RangeError(
      `${layout.length} parameters: a multiple of 4, at most ${MAX_LENGTH}, is needed`,
    );
  }
  const norm = await createGradientNorm(device, layout.length, buffers.dparams);
  const rule = await createRule(device, layout, buffers, norm.status);

  return {
    run: (pass) => {
      norm.run(pass);
      rule.run(pass);
    },
    configure: (settings) => {
      norm.configure(settings.maxGradNorm);
      rule.configure(settings);
    },
    status: norm.status,
    state: rule.state,
    bytes: rule.state.reduce((sum, buffer) => sum + buffer.size, 0),
    reset: rule.reset,
    destroy: () => {
      norm.destroy();
      rule.destroy();
    },
  };
}
