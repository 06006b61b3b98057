import { attentionForward } from "../layers/attention.ts";
import { embeddingForward } from "../layers/embedding.ts";
import { gateUpForward, linearForward, queryKeyValueForward } from "../layers/linear.ts";
import { logProbForward } from "../layers/log-prob.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import type { PolicyState } from "./state.ts";
import type { Weights } from "./weights.ts";

/** Compiles the forward pass; what comes back binds it to a set of weights, in order. */
export async function compileForward(device: GPUDevice, state: PolicyState) {
  const { strides: s, R, linears, heads, batch, extent, scoredExtent } = state;
  const [embed, qkv, attend, output, gateUp, down, head, logProb] = await Promise.all([
    embeddingForward(device, { R, C: s.width }),
    queryKeyValueForward(device, linears.queryKeyValue, heads),
    attentionForward(device, state.attention),
    linearForward(device, linears.output),
    gateUpForward(device, linears.gateUp),
    linearForward(device, linears.down),
    linearForward(device, linears.head),
    logProbForward(device, state.scored),
  ]);

  return (weights: Weights): Dispatch[] => {
    const { angles, layers, last } = state;
    const { tokens, places, rows } = batch;
    const longest = () => state.filled.longest;
    return [
      embed({ tokens, table: weights.embedding, x: layers[0]!.x, extent }),
      ...layers.flatMap((a, index) => {
        const w = weights.layers[index]!;
        const next = layers[index + 1]?.x ?? last.x;
        // Of what is not scored the last layer is only asked for keys and values.
        const onward = index + 1 < layers.length ? extent : scoredExtent;
        return [
          qkv({
            x: a.x,
            norm: { gain: w.inputNorm, rstd: a.inputRstd },
            weight: w.queryKeyValue,
            extent,
            angles,
            places,
            q: a.q,
            kv: a.kv,
          }),
          attend({ q: a.q, kv: a.kv, rows, longest, o: a.o, stats: a.stats }),
          output({
            x: a.o,
            norm: null,
            extent: onward,
            weight: w.output,
            y: a.middle,
            residual: a.x,
          }),
          gateUp({
            x: a.middle,
            norm: { gain: w.postAttentionNorm, rstd: a.middleRstd },
            weight: w.gateUp,
            extent: onward,
            gateUp: a.gateUp,
            h: a.h,
          }),
          down({ x: a.h, norm: null, extent: onward, weight: w.down, y: next, residual: a.middle }),
        ];
      }),
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
