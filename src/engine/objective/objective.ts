import { codeOf, kernelSpec, type KernelName } from "../shaders/manifest.ts";
import type { QuantityWith } from "../../record/fields.ts";
import { entriesOf, namesWith } from "../../record/quantities.ts";
import { storageBuffer, uniformBuffer } from "../gpu/buffers.ts";
import { type Dispatch, Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { rowKernel } from "./row-kernel.ts";
import {
  hasEntropyBonus,
  type ObjectiveConfig,
  type ObjectiveScope,
  packSettings,
  SETTINGS,
} from "./settings.ts";
import { createStatistics } from "./statistics.ts";

/**
 * The objective of GRPO and GSPO for one micro-batch, as TRL 1.13.0's `_compute_loss` has it:
 *
 *   token-log-ratio   d[b,t] = logp − logpOld          c[b,t] = exp(d)                 GRPO
 *   sequence-ratio    s[b]   = exp( Σ_t d / length )                                   GSPO
 *   clip              which ratios the clip cuts off, and what is left of the others
 *   advantage         coefficient = what is left × Â
 *   loss              loss, ∂loss/∂logp
 *
 * Present: every loss type of TRL, the levels token, sequence and sequence_token (with every loss
 * type), asymmetric and two-sided clipping, the k3 divergence with or without the ratio, the
 * entropy mask and bonus, the off-policy mask, an importance ratio of a second sampling engine. Of
 * other trainers: a dual clip, a floor under cispo's weight, GMPO's geometric clip, KL as k1 and k2 and
 * held within a limit.
 * At sequence_token every switch works as at the other levels; TRL 1.13's experimental trainer has
 * only the loss types grpo, bnpo, dr_grpo and dapo there, and none of the KL's ratio, the off-policy
 * mask and the bonus. Left out: advantages per token, and the controller that adapts `entropy_coef`,
 * which is the trainer's.
 */
export interface Objective {
  outputs: ObjectiveOutputs;
  /** Writes the uniform; takes effect from the next `run`. No pipeline is made anew. */
  configure(config: ObjectiveConfig, scope: ObjectiveScope): void;
  /** From log-probs to gradients, views, metrics and histograms. */
  run: Dispatch;
  bytes: number;
  destroy(): void;
}

export interface ObjectiveShape {
  /** Completions in the micro-batch. */
  B: number;
  /** Token positions of a completion. */
  K: number;
}

/** Where `mask` is 0 the inputs may hold anything, NaN included. */
export interface ObjectiveInputs {
  logp: GPUBuffer; // (B, K)
  logpOld: GPUBuffer; // (B, K), not read when the scope is on-policy
  logpRef: GPUBuffer | null; // (B, K), null only where beta stays 0
  entropy: GPUBuffer; // (B, K)
  logpSampled: GPUBuffer | null; // (B, K), for the off-policy mask and the mismatch metrics
  samplingRatio?: GPUBuffer | null; // (B, K), π_old / π_sampler: TRL's importance_sampling_ratio
  mask: GPUBuffer; // (B, K) u32
  advantage: GPUBuffer; // (B)
}

/** What the policy's backward reads; the entropy's stays 0 without an entropy bonus. */
export interface ObjectiveGradients {
  dlogp: GPUBuffer; // (B, K), written
  dentropy: GPUBuffer; // (B, K), written
}

/** Entries where `mask` is 0 are 0. */
export interface ObjectiveOutputs extends ObjectiveGradients, Record<ObjectiveQuantity, GPUBuffer> {
  metrics: GPUBuffer; // (OBJECTIVE_METRICS.length)
  histogram: GPUBuffer; // (HISTOGRAMS.length, HISTOGRAM_BINS) u32
}

/** What of a record the objective's kernels write: (B, K) or (B), as record/fields.ts has it. */
export type ObjectiveQuantity = QuantityWith<{ from: "objective" }>;
export const OBJECTIVE_QUANTITIES = namesWith({ from: "objective" });

const ELEMENTS = 64; // threads of an elementwise workgroup
const ROW = structOf(codeOf("loss"), "Row");

export async function createObjective(
  device: GPUDevice,
  { B, K }: ObjectiveShape,
  inputs: ObjectiveInputs & ObjectiveGradients,
): Promise<Objective> {
  const owned: GPUBuffer[] = [];
  const own = (label: string, length: number): GPUBuffer => {
    const buffer = storageBuffer(device, "batch", `objective ${label}`, length);
    owned.push(buffer);
    return buffer;
  };
  const settings = uniformBuffer(device, "objective settings", SETTINGS.words);
  owned.push(settings);
  const term = own("term", B * K * 4);
  const row = own("row", B * ROW.words);
  const rowLoss = own("rowLoss", B * 2);
  const tokenKept = own("tokenKept", B * K);
  const sequenceKept = own("sequenceKept", B);
  const keep = own("keep", B * K);
  const bonus = own("bonus", 2);
  const views = Object.fromEntries(
    OBJECTIVE_QUANTITIES.map((name) => [name, own(name, entriesOf(name, { rows: B, columns: K }))]),
  ) as Record<ObjectiveQuantity, GPUBuffer>;

  const compile = (name: KernelName, constants: Record<string, number>) =>
    Kernel.create(device, kernelSpec(name, constants));
  // How many rows there are the kernels see from their buffers; only the width is compiled in.
  const elementwise = { WORKGROUP: ELEMENTS };
  const rowStart = { K, WORKGROUP: ELEMENTS };
  const [tokens, sequences, clip, advantage, loss, statistics] = await Promise.all([
    compile("token-log-ratio", elementwise),
    rowKernel(device, "sequence-ratio", K),
    compile("clip", rowStart),
    compile("advantage", rowStart),
    rowKernel(device, "loss", K),
    createStatistics(device, { B, K }, own, {
      settings,
      term,
      row,
      rowLoss,
      bonus,
      entropy: inputs.entropy,
      mask: inputs.mask,
      ...views,
    }),
  ]);

  const groups = Math.ceil((B * K) / ELEMENTS);
  // An input that is not there is never read; WebGPU still wants a buffer in its place.
  const absent = inputs.logp;
  const { logp, logpOld, mask } = inputs;
  const intoTerm = tokens.bind(
    [
      logp,
      logpOld,
      inputs.logpRef ?? absent,
      inputs.samplingRatio ?? absent,
      mask,
      views.logRatio,
      views.tokenRatio,
      term,
      settings,
    ],
    groups,
  );
  // The slowest of the objective to compile, and most runs never use them.
  const bindEntropy = () => {
    const entropyMask = Kernel.createNow(device, kernelSpec("entropy-mask"));
    const entropyBonus = Kernel.createNow(device, kernelSpec("entropy-bonus", elementwise));
    return [
      entropyMask.bind([inputs.entropy, mask, term, keep, bonus, settings], 1),
      entropyBonus.bind([keep, bonus, inputs.dentropy, settings], groups),
    ];
  };
  const intoRow = sequences.bind(
    [
      views.logRatio,
      mask,
      term,
      inputs.logpSampled ?? absent,
      inputs.samplingRatio ?? absent,
      inputs.advantage,
      views.sequenceRatio,
      row,
      settings,
    ],
    B,
  );
  const intoClipped = clip.bind(
    [
      views.tokenRatio,
      row,
      mask,
      views.tokenClipped,
      views.sequenceClipped,
      tokenKept,
      sequenceKept,
      settings,
    ],
    groups,
  );
  const intoCoefficient = advantage.bind(
    [
      tokenKept,
      sequenceKept,
      row,
      mask,
      views.tokenCoefficient,
      views.sequenceCoefficient,
      views.coefficient,
      settings,
    ],
    groups,
  );
  const intoGradient = loss.bind(
    [
      views.coefficient,
      views.tokenRatio,
      mask,
      term,
      row,
      inputs.dlogp,
      views.gradient,
      rowLoss,
      settings,
    ],
    B,
  );

  let entropyKernels: readonly Dispatch[] | null = null;
  let usesEntropy = false;
  return {
    outputs: {
      ...views,
      ...statistics.outputs,
      dlogp: inputs.dlogp,
      dentropy: inputs.dentropy,
    },
    configure(config, scope) {
      const terms = {
        samplingRatio: Boolean(inputs.samplingRatio),
        logpSampled: inputs.logpSampled !== null && scope.sampled !== false,
      };
      device.queue.writeBuffer(settings, 0, packSettings(config, scope, B, terms));
      const usedEntropy = usesEntropy;
      usesEntropy = config.top_entropy_quantile < 1 || hasEntropyBonus(config);
      if (usesEntropy) entropyKernels ??= bindEntropy();
      if (usesEntropy || !usedEntropy) return;
      // Without a bonus nothing writes dentropy: leave no gradient of an earlier config behind.
      const encoder = device.createCommandEncoder({ label: "no entropy bonus" });
      encoder.clearBuffer(inputs.dentropy);
      encoder.clearBuffer(bonus);
      device.queue.submit([encoder.finish()]);
    },
    run(pass) {
      intoTerm(pass);
      if (usesEntropy) for (const dispatch of entropyKernels ?? []) dispatch(pass);
      intoRow(pass);
      intoClipped(pass);
      intoCoefficient(pass);
      intoGradient(pass);
      statistics.run(pass);
    },
    bytes: owned.reduce((sum, buffer) => sum + buffer.size, 0),
    destroy: () => owned.forEach((buffer) => buffer.destroy()),
  };
}
