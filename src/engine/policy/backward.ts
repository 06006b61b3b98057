import type { Dispatch } from "../gpu/kernel.ts";
import { attentionBackward } from "../layers/attention.ts";
import { embeddingBackward, embeddingPartials, type EmbeddingShape } from "../layers/embedding.ts";
import { linearBackward, linearPartials } from "../layers/linear.ts";
import { logProbBackward } from "../layers/log-prob.ts";
import { rmsNormBackward, rmsNormPartials } from "../layers/rms-norm.ts";
import { rotaryBackward } from "../layers/rotary.ts";
import { selectColumnsBackward } from "../layers/select-columns.ts";
import { swigluBackward } from "../layers/swiglu.ts";
import type { Gradients } from "./activations.ts";
import type { PolicyState } from "./state.ts";
import type { Weights } from "./weights.ts";

/** The linears of the policy, by what they compute. */
const linearShapes = ({ strides: s, R, scoredRows }: PolicyState) => ({
  queryKeyValue: { R, I: s.width, O: s.queryKeyValue },
  output: { R, I: s.query, O: s.width },
  gateUp: { R, I: s.width, O: s.gateUp },
  down: { R, I: s.hidden, O: s.width },
  head: { R: scoredRows, I: s.width, O: s.vocab },
});

const embeddingShape = ({ shape, strides: s, R }: PolicyState): EmbeddingShape => ({
  R,
  C: s.width,
  V: shape.vocab,
  padTokenId: shape.padTokenId,
});

/** Numbers of scratch for the largest weight's partial sums. */
export const partialNumbers = (device: GPUDevice, state: PolicyState): number =>
  Math.max(
    embeddingPartials(embeddingShape(state)),
    rmsNormPartials(state.norm),
    ...Object.values(linearShapes(state)).map((shape) => linearPartials(device, shape)),
  );

export interface BackwardBuffers {
  weights: Weights;
  /** The same ranges of the gradient buffer; accumulated. */
  dweights: Weights;
  d: Gradients;
  dlogp: GPUBuffer; // (B, K)
  dentropy: GPUBuffer; // (B, K)
}

/** Compiles the backward pass; what comes back binds it, in order: the forward pass in reverse. */
export async function compileBackward(device: GPUDevice, state: PolicyState) {
  const { shape, strides: s, R, scoredRows, norm } = state;
  const shapes = linearShapes(state);
  const [
    logProb,
    head,
    lastRms,
    select,
    down,
    swiglu,
    gateUp,
    rms,
    output,
    attend,
    rotate,
    qkv,
    embed,
  ] = await Promise.all([
    logProbBackward(device, { R: scoredRows, V: shape.vocab }),
    linearBackward(device, shapes.head),
    rmsNormBackward(device, { ...norm, R: scoredRows }, "overwritten"),
    selectColumnsBackward(device, state.columns),
    linearBackward(device, shapes.down),
    swigluBackward(device, { R, F: s.hidden }),
    linearBackward(device, shapes.gateUp),
    rmsNormBackward(device, norm, "accumulated"),
    linearBackward(device, shapes.output),
    attentionBackward(device, state.attention),
    rotaryBackward(device, state.rotary),
    linearBackward(device, shapes.queryKeyValue),
    embeddingBackward(device, embeddingShape(state)),
  ]);

  return ({ weights, dweights, d, dlogp, dentropy }: BackwardBuffers): Dispatch[] => {
    const { tokens, start, targets, angles, params, layers, last } = state;
    const { partial } = d;
    return [
      logProb({ ...last, targets, dlogp, dentropy, dlogits: d.logits, params }),
      head({
        x: last.normed,
        weight: weights.head,
        dy: d.logits,
        dx: d.scoredNormed,
        dweight: dweights.head,
        partial,
      }),
      lastRms({
        x: last.scored,
        gain: weights.norm,
        rstd: last.rstd,
        dy: d.scoredNormed,
        dx: d.scored,
        dgain: dweights.norm,
        partial,
      }),
      select({ dy: d.scored, dx: d.stream }),
      ...layers
        .map((a, index) => {
          const w = weights.layers[index]!;
          const dw = dweights.layers[index]!;
          return [
            down({ x: a.h, weight: w.down, dy: d.stream, dx: d.h, dweight: dw.down, partial }),
            swiglu({ gateUp: a.gateUp, dh: d.h, dgateUp: d.gateUp }),
            gateUp({
              x: a.middleNormed,
              weight: w.gateUp,
              dy: d.gateUp,
              dx: d.normed,
              dweight: dw.gateUp,
              partial,
            }),
            rms({
              x: a.middle,
              gain: w.postAttentionNorm,
              rstd: a.middleRstd,
              dy: d.normed,
              dx: d.stream,
              dgain: dw.postAttentionNorm,
              partial,
            }),
            output({
              x: a.o,
              weight: w.output,
              dy: d.stream,
              dx: d.o,
              dweight: dw.output,
              partial,
            }),
            attend({ ...a, start, dO: d.o, dq: d.q, dk: d.k, dv: d.v }),
            rotate({ dq: d.q, dk: d.k, dv: d.v, angles, dqkv: d.queryKeyValue }),
            qkv({
              x: a.normed,
              weight: w.queryKeyValue,
              dy: d.queryKeyValue,
              dx: d.normed,
              dweight: dw.queryKeyValue,
              partial,
            }),
            rms({
              x: a.x,
              gain: w.inputNorm,
              rstd: a.inputRstd,
              dy: d.normed,
              dx: d.stream,
              dgain: dw.inputNorm,
              partial,
            }),
          ];
        })
        .toReversed()
        .flat(),
      embed({ tokens, dx: d.stream, dtable: dweights.embedding, partial }),
    ];
  };
}
