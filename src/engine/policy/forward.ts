import { attentionForward } from "../layers/attention.ts";
import { type Embedder, embeddingForward } from "../layers/embedding.ts";
import { linearForward } from "../layers/linear.ts";
import { logProbForward } from "../layers/log-prob.ts";
import type { GpuContext } from "../gpu/context.ts";
import type { Binding, Dispatch } from "../gpu/kernel.ts";
import { type BlockActivations, blockForward, ofEachPlan } from "./block.ts";
import type { Attend } from "./block-attention.ts";
import type { PolicyState } from "./state.ts";
import type { Weights } from "./weights.ts";

/**
 * Compiles the forward pass; what comes back binds it to a set of weights, in order. `embedder`: what
 * makes of tokens the stream that enters, where some are pictures'.
 */
export async function compileForward(
  gpu: GpuContext,
  state: PolicyState,
  embedder: Embedder = embeddingForward,
) {
  const { device } = gpu;
  const { shape, strides: s, plans, routing, R, batch, rowRange, scoredRange } = state;
  const [embed, blocks, attention, balance, head, logProb] = await Promise.all([
    embedder(device, { R, C: s.width }),
    ofEachPlan(plans, (plan) => blockForward(gpu, shape, plan, R, [R])),
    attentionForward(device, state.attention),
    routing &&
      import("../layers/mixture.ts").then(({ balanceForward }) =>
        balanceForward(device, { R, ...routing.plan, layers: routing.layers.length }),
      ),
    linearForward(gpu, state.head),
    logProbForward(device, state.scored),
  ]);
  const { tokens, positions, spans } = batch;
  const longest = () => state.counts.longest;
  /** Every token attends to those of its sequence that come before it, and to itself. */
  const attend = ({ kv, stats }: BlockActivations): Attend => ({
    kv,
    rowRange,
    run: ({ q, o }, options) => [attention({ q, kv, spans, longest, o, stats, ...options })],
  });

  /** `replay`: a mixture's, see BlockForward. */
  return (weights: Weights, replay: Binding | null): Dispatch[] => {
    const { angles, layers, last } = state;
    return [
      embed({ tokens, table: weights.embedding, x: layers[0]!.x, rowRange }),
      ...layers.flatMap((stream, index) =>
        blocks[index]!({
          weights: weights.layers[index]!,
          stream,
          rotary: { angles, positions },
          attend: [attend(stream)],
          next: layers[index + 1]?.x ?? last.x,
          ...{ rowRange, replay },
          // Of what is not scored the last layer is only asked for keys and values.
          onward: index + 1 < layers.length ? rowRange : scoredRange,
        }),
      ),
      ...(balance && routing ? [balance({ ...routing, rowRange })] : []),
      head({
        x: last.x,
        norm: { gain: weights.norm, rstd: last.rstd },
        weight: weights.head,
        rowRange: scoredRange,
        y: last.logits,
        residual: null,
      }),
      logProb({
        logits: last.logits,
        targets: state.targets,
        logp: last.logp,
        entropy: last.entropy,
        stats: last.stats,
        spans,
        params: state.params,
      }),
    ];
  };
}
