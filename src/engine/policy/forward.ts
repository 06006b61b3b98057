import { attentionForward } from "../layers/attention.ts";
import { embeddingForward } from "../layers/embedding.ts";
import { linearForward } from "../layers/linear.ts";
import { logProbForward } from "../layers/log-prob.ts";
import { rmsNormForward } from "../layers/rms-norm.ts";
import { rotaryForward } from "../layers/rotary.ts";
import { selectColumnsForward } from "../layers/select-columns.ts";
import { swigluForward } from "../layers/swiglu.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import type { PolicyState } from "./state.ts";
import type { Weights } from "./weights.ts";

/** Compiles the forward pass; what comes back binds it to a set of weights, in order. */
export async function compileForward(device: GPUDevice, state: PolicyState) {
  const { shape, strides: s, R, scoredRows, norm, attention, rotary, columns } = state;
  const linear = (I: number, O: number, rows = R) => linearForward(device, { R: rows, I, O });
  const [
    embed,
    rms,
    qkv,
    rotate,
    attend,
    output,
    gateUp,
    swiglu,
    down,
    select,
    lastRms,
    head,
    logProb,
  ] = await Promise.all([
    embeddingForward(device, { R, C: s.width }),
    rmsNormForward(device, norm),
    linear(s.width, s.queryKeyValue),
    rotaryForward(device, rotary),
    attentionForward(device, attention),
    linear(s.query, s.width),
    linear(s.width, s.gateUp),
    swigluForward(device, { R, F: s.hidden }),
    linear(s.hidden, s.width),
    selectColumnsForward(device, columns),
    rmsNormForward(device, { ...norm, R: scoredRows }),
    linear(s.width, s.vocab, scoredRows),
    logProbForward(device, { R: scoredRows, V: shape.vocab }),
  ]);

  return (weights: Weights): Dispatch[] => {
    const { tokens, start, angles, position, queryKeyValue, layers, last } = state;
    const first = layers[0]!;
    return [
      embed({ tokens, table: weights.embedding, x: first.x }),
      ...layers.flatMap((a, index) => {
        const w = weights.layers[index]!;
        const next = layers[index + 1]?.x ?? last.x;
        return [
          rms({ x: a.x, gain: w.inputNorm, y: a.normed, rstd: a.inputRstd }),
          qkv({ x: a.normed, weight: w.queryKeyValue, y: queryKeyValue, residual: null }),
          rotate({ qkv: queryKeyValue, angles, position, q: a.q, k: a.k, v: a.v }),
          attend({ q: a.q, k: a.k, v: a.v, start, o: a.o, stats: a.stats }),
          output({ x: a.o, weight: w.output, y: a.middle, residual: a.x }),
          rms({ x: a.middle, gain: w.postAttentionNorm, y: a.middleNormed, rstd: a.middleRstd }),
          gateUp({ x: a.middleNormed, weight: w.gateUp, y: a.gateUp, residual: null }),
          swiglu({ gateUp: a.gateUp, h: a.h }),
          down({ x: a.h, weight: w.down, y: next, residual: a.middle }),
        ];
      }),
      select({ x: last.x, y: last.scored }),
      lastRms({ x: last.scored, gain: weights.norm, y: last.normed, rstd: last.rstd }),
      head({ x: last.normed, weight: weights.head, y: last.logits, residual: null }),
      logProb({
        logits: last.logits,
        targets: state.targets,
        logp: last.logp,
        entropy: last.entropy,
        stats: last.stats,
        params: state.params,
      }),
    ];
  };
}
