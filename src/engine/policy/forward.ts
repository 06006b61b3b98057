import { attentionForward } from "../layers/attention.ts";
import { embeddingForward } from "../layers/embedding.ts";
import { linearForward } from "../layers/linear.ts";
import { logProbForward } from "../layers/log-prob.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { type BlockActivations, blockForward } from "./block.ts";
import type { Attend } from "./block-attention.ts";
import type { PolicyState } from "./state.ts";
import type { Weights } from "./weights.ts";

/** Compiles the forward pass; what comes back binds it to a set of weights, in order. */
export async function compileForward(gpu: GpuContext, state: PolicyState) {
  const { device } = gpu;
  const { shape, strides: s, R, batch, extent, scoredExtent } = state;
  const [embed, block, attention, head, logProb] = await Promise.all([
    embeddingForward(device, { R, C: s.width }),
    blockForward(gpu, shape, R, [R]),
    attentionForward(device, state.attention),
    linearForward(gpu, state.head),
    logProbForward(device, state.scored),
  ]);
  const { tokens, places, rows } = batch;
  const longest = () => state.filled.longest;
  /** Every place attends to those of its row that come before it, and to itself. */
  const attend = ({ kv, stats }: BlockActivations): Attend => ({
    kv,
    extent,
    run: ({ q, o }) => [attention({ q, kv, rows, longest, o, stats })],
  });

  return (weights: Weights): Dispatch[] => {
    const { angles, layers, last } = state;
    return [
      embed({ tokens, table: weights.embedding, x: layers[0]!.x, extent }),
      ...layers.flatMap((stream, index) =>
        block({
          weights: weights.layers[index]!,
          stream,
          positions: { angles, places },
          attend: [attend(stream)],
          next: layers[index + 1]?.x ?? last.x,
          // Of what is not scored the last layer is only asked for keys and values.
          onward: index + 1 < layers.length ? extent : scoredExtent,
        }),
      ),
      head({
        x: last.x,
        norm: { gain: weights.norm, rstd: last.rstd },
        weight: weights.head,
        extent: scoredExtent,
        y: last.logits,
        residual: null,
      }),
      logProb({
        logits: last.logits,
        targets: state.targets,
        logp: last.logp,
        entropy: last.entropy,
        stats: last.stats,
        rows,
        params: state.params,
      }),
    ];
  };
}
