import type { GpuContext } from "../gpu/context.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { attentionBackward } from "../layers/attention.ts";
import { embeddingBackward } from "../layers/embedding.ts";
import { linearBackward } from "../layers/linear.ts";
import { logProbBackward } from "../layers/log-prob.ts";
import { rmsNormBackward } from "../layers/rms-norm.ts";
import { sumPartials } from "../layers/sum-partials.ts";
import type { Gradients } from "./activations.ts";
import { blockBackward, ofEachPlan } from "./block.ts";
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
  gpu: GpuContext,
  state: PolicyState,
  partials: PartialPlan,
  parameters: number,
) {
  const { device } = gpu;
  const { shape, plans, routing, R, scoredRows, rowRange, scoredRange } = state;
  const lastNorm = { R, C: shape.width, read: scoredRows };
  const [logProb, head, lastRms, blocks, attend, embed, sum] = await Promise.all([
    logProbBackward(device, state.scored),
    linearBackward(gpu, state.head),
    rmsNormBackward(gpu, lastNorm, "overwritten"),
    ofEachPlan(plans, (plan) => blockBackward(gpu, shape, plan, R)),
    attentionBackward(device, state.attention),
    embeddingBackward(device, partials.embedding),
    sumPartials(device, partials.all, parameters),
  ]);

  return ({ weights, dweights, dparams, d, dlogp, dentropy }: BackwardBuffers) => {
    const { targets, angles, params, layers, last } = state;
    const { tokens, spans } = state.batch;
    const longest = () => state.counts.longest;
    const into = partials.bind(d.partial, dweights);
    const { run: sumAll, parts } = sum({ partial: d.partial, dparams });
    const dispatches: Dispatch[] = [
      logProb({ ...last, targets, dlogp, dentropy, dlogits: d.logits, spans, params }),
      head({
        x: last.x,
        norm: { gain: weights.norm, rstd: last.rstd },
        weight: weights.head,
        dy: d.logits,
        dx: d.scoredNormed,
        dweight: into.head,
        rowRange: scoredRange,
      }),
      lastRms({
        x: last.x,
        gain: weights.norm,
        rstd: last.rstd,
        dy: d.scoredNormed,
        dx: d.stream,
        partial: into.norm,
        rowRange,
        readRange: scoredRange,
      }),
      ...layers
        .map((stream, index) =>
          blocks[index]!({
            weights: weights.layers[index]!,
            dweights: into.layers[index]!,
            stream,
            d,
            attend: ({ o: dO, queryKeyValue: dqkv }, { window }) => [
              attend({ ...stream, spans, longest, angles, dO, dqkv, window }),
            ],
            balance: routing,
            rowRange,
            // In the last layer the gradient of what is not scored is 0 up to the attention's output.
            onward: index + 1 < layers.length ? rowRange : scoredRange,
          }),
        )
        .toReversed()
        .flat(),
      embed({ tokens, dx: d.stream, partial: into.embedding, rowRange }),
      sumAll,
    ];
    return { dispatches, parts };
  };
}
