import { clipBandOf, withClipBand } from "../../config/clip-band.ts";
import { type Level, otherLevel } from "../../config/types.ts";
import { createSnapshot } from "../gpu/snapshot.ts";
import { storageBuffer } from "../gpu/buffers.ts";
import { readFloats } from "../gpu/readback.ts";
import { type AskedArm, lastStepOf } from "./asked-step.ts";
import { replayStep } from "./last-step.ts";
import { createDotProduct } from "../objective/dot-product.ts";
import { auxShare, stepMetrics } from "./step-metrics.ts";
import { maskOf } from "./step-record.ts";
import type { StepSettings } from "./step-settings.ts";

/** What one level makes of a batch. Matrices are row-major, as in StepRecord; 0 where masked. */
export interface VirtualStep {
  level: Level;
  /** What the level puts on ∇log π. [row][token] */
  coefficient: Float32Array;
  /** How the level's optimizer step changes log π of each token. [row][token] */
  deltaLogp: Float32Array;
  /** Norm of the gradient of all weights, before clipping. */
  gradNorm: number;
  loss: number;
}

/** The step that was taken beside the one that the other level would have taken. */
export interface Counterfactual {
  arm: string;
  /** The step that was replayed, from 1. */
  step: number;
  /** Completions in its batch. */
  rows: number;
  /** Token positions of each. */
  columns: number;
  /** At the level that drives the arm. */
  own: VirtualStep;
  /** At the other one, with the ε that this level is judged by. */
  other: VirtualStep;
  /** Between the two gradients; 0 where one of them is 0. */
  cosine: number;
}

/**
 * Takes an arm's last step again at both levels, each with its own clip band, from the weights and the
 * optimizer's state before it, and puts everything back: training goes on as if nothing had been asked.
 * Throws a UserError where that step is not at hand.
 */
export async function takeBothWays(asked: AskedArm): Promise<Counterfactual> {
  const { arm, device, update, before: weightsBefore, columns } = asked;
  const { settings, slots, parts } = lastStepOf(asked);
  const mask = maskOf(parts.slices, columns);
  const { dparams, weights } = update;
  const own = storageBuffer(device, "gradients", "own gradient", dparams.size / 4);
  const other = storageBuffer(device, "gradients", "other gradient", dparams.size / 4);
  const now = createSnapshot(device, weights);
  const product = await createDotProduct(device, dparams.size / 4, own, other);

  const take = async (as: StepSettings, gradient: GPUBuffer): Promise<VirtualStep> => {
    const outputs = await replayStep(update, weightsBefore, as, slots);
    const { arrays, gradNorm } = outputs;
    const before = new Float32Array(arrays.logp);
    update.record((encoder) => encoder.copyBufferToBuffer(dparams, 0, gradient, 0, gradient.size));
    const deltaLogp = new Float32Array(mask.length);
    let at = 0;
    for (const slot of slots) {
      const after = await update.score(slot);
      after.forEach((value, i) => (deltaLogp[at + i] = mask[at + i] ? value - before[at + i]! : 0));
      at += after.length;
    }
    return {
      level: as.config.importance_sampling_level,
      coefficient: new Float32Array(arrays.coefficient),
      deltaLogp,
      gradNorm,
      loss: stepMetrics(outputs, {}, auxShare(as)).loss!,
    };
  };

  try {
    update.record((encoder) => now.save(encoder));
    const asTaken = await take(settings, own);
    const instead = await take(atOtherLevel(settings), other);
    update.launch(product.run);
    update.flush();
    const [, , cosine] = await readFloats(device, product.result);
    const facts = { arm, step: parts.step, rows: mask.length / columns, columns };
    return { ...facts, own: asTaken, other: instead, cosine: cosine! };
  } finally {
    update.record((encoder) => now.restore(encoder));
    update.flush();
    now.destroy();
    product.destroy();
    own.destroy();
    other.destroy();
  }
}

/** The step with the other level driving, which brings its own band; the level that drove keeps its. */
function atOtherLevel(settings: StepSettings): StepSettings {
  const { config, otherClip } = settings;
  return {
    ...settings,
    config: {
      ...withClipBand(config, otherClip ?? config),
      importance_sampling_level: otherLevel(config.importance_sampling_level),
    },
    otherClip: clipBandOf(config),
  };
}
