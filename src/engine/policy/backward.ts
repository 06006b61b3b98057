import type { Dispatch } from "../gpu/kernel.ts";
import { attentionBackward } from "../layers/attention.ts";
import { embeddingBackward } from "../layers/embedding.ts";
import { downBackward, linearBackward } from "../layers/linear.ts";
import { logProbBackward } from "../layers/log-prob.ts";
import { rmsNormBackward } from "../layers/rms-norm.ts";
import { sumPartials } from "../layers/sum-partials.ts";
import type { Gradients } from "./activations.ts";
import type { PartialPlan } from "./partials.ts";
import type { PolicyState } from "./state.ts";
import type { Weights } from "./weights.ts";

export interface BackwardBuffers {
  weights: Weights;
  /** The same ranges of the gradient buffer; accumulated. */
  dweights: Weights;
  /** The whole gradient buffer. */
  dparams: GPUBuffer;
  d: Gradients;
  dlogp: GPUBuffer; // (B, K)
  dentropy: GPUBuffer; // (B, K)
}

/** Compiles the backward pass; what comes back binds it, in order: the forward pass in reverse. */
export async function compileBackward(
  device: GPUDevice,
  state: PolicyState,
  partials: PartialPlan,
  parameters: number,
) {
  const { shape, R, scoredRows, linears, extent, scoredExtent } = state;
  const norm = { R, C: shape.width };
  const lastNorm = { ...norm, read: scoredRows };
  const [logProb, head, lastRms, down, gateUp, rms, output, attend, qkv, embed, sum] =
    await Promise.all([
      logProbBackward(device, state.scored),
      linearBackward(device, linears.head),
      rmsNormBackward(device, lastNorm, "overwritten"),
      downBackward(device, linears.down),
      linearBackward(device, linears.gateUp),
      rmsNormBackward(device, norm, "accumulated"),
      linearBackward(device, linears.output),
      attentionBackward(device, state.attention),
      linearBackward(device, linears.queryKeyValue),
      embeddingBackward(device, partials.embedding),
      sumPartials(device, partials.all, parameters),
    ]);

  return ({ weights, dweights, dparams, d, dlogp, dentropy }: BackwardBuffers) => {
    const { targets, angles, params, layers, last } = state;
    const { tokens, rows } = state.batch;
    const longest = () => state.filled.longest;
    const into = partials.bind(d.partial, dweights);
    const { run: sumAll, parts } = sum({ partial: d.partial, dparams });
    const dispatches: Dispatch[] = [
      logProb({ ...last, targets, dlogp, dentropy, dlogits: d.logits, rows, params }),
      head({
        x: last.x,
        norm: { gain: weights.norm, rstd: last.rstd },
        weight: weights.head,
        dy: d.logits,
        dx: d.scoredNormed,
        dweight: into.head,
        extent: scoredExtent,
      }),
      lastRms({
        x: last.x,
        gain: weights.norm,
        rstd: last.rstd,
        dy: d.scoredNormed,
        dx: d.stream,
        partial: into.norm,
        extent,
        readExtent: scoredExtent,
      }),
      ...layers
        .map((a, index) => {
          const w = weights.layers[index]!;
          const dw = into.layers[index]!;
          // In the last layer the gradient of what is not scored is 0 up to the attention's output.
          const onward = index + 1 < layers.length ? extent : scoredExtent;
          return [
            down({
              x: a.h,
              norm: null,
              weight: w.down,
              dy: d.stream,
              dweight: dw.down,
              extent: onward,
              gateUp: a.gateUp,
              dgateUp: d.gateUp,
            }),
            gateUp({
              x: a.middle,
              norm: { gain: w.postAttentionNorm, rstd: a.middleRstd },
              weight: w.gateUp,
              dy: d.gateUp,
              dx: d.normed,
              dweight: dw.gateUp,
              extent: onward,
            }),
            rms({
              x: a.middle,
              gain: w.postAttentionNorm,
              rstd: a.middleRstd,
              dy: d.normed,
              dx: d.stream,
              partial: dw.postAttentionNorm,
              extent: onward,
              readExtent: onward,
            }),
            output({
              x: a.o,
              norm: null,
              weight: w.output,
              dy: d.stream,
              dx: d.o,
              dweight: dw.output,
              extent,
            }),
            attend({ ...a, rows, longest, angles, dO: d.o, dqkv: d.queryKeyValue }),
            qkv({
              x: a.x,
              norm: { gain: w.inputNorm, rstd: a.inputRstd },
              weight: w.queryKeyValue,
              dy: d.queryKeyValue,
              dx: d.normed,
              dweight: dw.queryKeyValue,
              extent,
            }),
            rms({
              x: a.x,
              gain: w.inputNorm,
              rstd: a.inputRstd,
              dy: d.normed,
              dx: d.stream,
              partial: dw.inputNorm,
              extent,
              readExtent: extent,
            }),
          ];
        })
        .toReversed()
        .flat(),
      embed({ tokens, dx: d.stream, partial: into.embedding, extent }),
      sumAll,
    ];
    return { dispatches, parts };
  };
}
