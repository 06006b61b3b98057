import { headDim } from "../../src/config/architecture-shape.ts";
import { type PolicyShape } from "../../src/engine/policy/shape.ts";
import {
  add,
  attention,
  embedding,
  linear,
  logProb,
  rmsNorm,
  rotary,
  swiglu,
} from "./reference-layers.ts";
import { balanceLoss, chooseExperts, clamped, rowsOf, weightsOf } from "./reference-mixture.ts";
import type { ReferenceBatch, ReferenceWeights } from "./reference-policy.ts";

// Whole policies of every architecture in float64, by transformers' names. Which parts there are, the
// weights' names say.

/** What a mixture's layers found, for the load-balancing loss. */
interface Routed {
  logits: number[][];
  chosen: number[][];
}

interface Layer {
  shape: PolicyShape;
  index: number;
  /** A tensor of the layer; null where there is none. */
  find(name: string): readonly number[] | null;
  routed: Routed;
  /** Of the rows those that are no padding. */
  real: readonly number[];
}

const need = (values: readonly number[] | null, name: string): readonly number[] => {
  if (!values) throw new Error(`no weights for ${name}`);
  return values;
};

/** x · Wᵀ + b. */
function project({ find }: Layer, x: readonly number[], name: string, I: number, O: number) {
  const weight = need(find(`${name}.weight`), name);
  const y = linear(x, weight, { R: x.length / I, I, O });
  const bias = find(`${name}.bias`);
  return bias ? y.map((value, i) => value + bias[i % O]!) : y;
}

function attend(layer: Layer, x: readonly number[], { B, T, start }: ReferenceBatch): number[] {
  const { shape, find, index } = layer;
  const { width, heads, kvHeads, rmsNormEps: eps, ropeTheta, slidingWindow } = shape;
  const D = headDim(shape);
  const normed = rmsNorm(x, need(find("input_layernorm.weight"), "norm"), eps);
  const part = (name: string, rowHeads: number) => {
    const y = project(layer, normed, `self_attn.${name}_proj`, width, rowHeads * D);
    const gain = find(`self_attn.${name}_norm.weight`);
    return gain ? rmsNorm(y, gain, eps) : y;
  };
  const turn = (y: readonly number[], rowHeads: number) =>
    rotary(y, { T, headDim: D }, rowHeads, ropeTheta);
  const windowed = shape.architecture !== "gpt_oss" || index % 2 === 0;
  const o = attention(
    turn(part("q", heads), heads),
    turn(part("k", kvHeads), kvHeads),
    part("v", kvHeads),
    start,
    { B, T, heads, kvHeads, headDim: D },
    { window: windowed ? (slidingWindow ?? null) : null, sinks: find("self_attn.sinks") },
  );
  return add(x, project(layer, o, "self_attn.o_proj", heads * D, width));
}

const dense = (layer: Layer, n: readonly number[]): number[] => {
  const { width, hidden } = layer.shape;
  const h = swiglu(
    project(layer, n, "mlp.gate_proj", width, hidden),
    project(layer, n, "mlp.up_proj", width, hidden),
  );
  return project(layer, h, "mlp.down_proj", hidden, width);
};

/** One expert of one token. */
function expert({ shape, find }: Layer, e: number, x: readonly number[]): number[] {
  const { width: C, hidden } = shape;
  const F = shape.mixture!.hidden ?? hidden;
  const fused = find("mlp.experts.gate_up_proj");
  if (fused) {
    // Saved inputs first, gate and up in turn, biases beside them.
    const bias = need(find("mlp.experts.gate_up_proj_bias"), "bias");
    const sums = Array.from({ length: 2 * F }, (_, o) =>
      x.reduce(
        (sum, value, c) => sum + value * fused[(e * C + c) * 2 * F + o]!,
        bias[e * 2 * F + o]!,
      ),
    );
    const h = clamped(
      sums.filter((_, o) => o % 2 === 0),
      sums.filter((_, o) => o % 2 === 1),
    );
    const down = need(find("mlp.experts.down_proj"), "down");
    const own = need(find("mlp.experts.down_proj_bias"), "bias");
    return Array.from({ length: C }, (_, c) =>
      h.reduce((sum, value, f) => sum + value * down[(e * F + f) * C + c]!, own[e * C + c]!),
    );
  }
  const of = (...names: string[]) =>
    need(names.map((name) => find(`${name}.weight`)).find(Boolean) ?? null, names[0]!);
  const [mixtral, qwen] = [`block_sparse_moe.experts.${e}`, `mlp.experts.${e}`];
  const gate = linear(x, of(`${mixtral}.w1`, `${qwen}.gate_proj`), { R: 1, I: C, O: F });
  const up = linear(x, of(`${mixtral}.w3`, `${qwen}.up_proj`), { R: 1, I: C, O: F });
  return linear(swiglu(gate, up), of(`${mixtral}.w2`, `${qwen}.down_proj`), { R: 1, I: F, O: C });
}

function mixture(layer: Layer, n: readonly number[]): number[] {
  const { shape, find, routed, real } = layer;
  const { experts, perToken, normalised = true } = shape.mixture!;
  const router = ["mlp.gate", "mlp.router", "block_sparse_moe.gate"].find((name) =>
    find(`${name}.weight`),
  )!;
  const logits = project(layer, n, router, shape.width, experts);
  const sizes = { R: n.length / shape.width, experts, perToken, normalised };
  const chosen = chooseExperts(logits, sizes);
  const weights = weightsOf(logits, chosen, sizes);
  routed.logits.push(real.flatMap((row) => rowsOf(logits, experts)[row]!));
  routed.chosen.push(real.flatMap((row) => rowsOf(chosen, perToken)[row]!));
  return rowsOf(n, shape.width).flatMap((x, t) => {
    const found = Array.from({ length: perToken }, (_, j) =>
      expert(layer, chosen[t * perToken + j]!, x).map((y) => weights[t * perToken + j]! * y),
    );
    return found.reduce(add);
  });
}

/** Log-probs and entropies of the scored columns, and the load-balancing loss (0 without a mixture). */
export function referenceModel(
  shape: PolicyShape,
  weights: ReferenceWeights,
  batch: ReferenceBatch & { end: readonly number[]; tail: number },
): { logp: number[]; entropy: number[]; auxLoss: number } {
  const { B, T, head, tail, start, end, tokens, targets, temperature } = batch;
  const { width, vocab, rmsNormEps: eps } = shape;
  const real = Array.from({ length: B * T }, (_, row) => row).filter((row) => {
    const [b, t] = [Math.floor(row / T), row % T];
    return t >= start[b]! && t < end[b]! + tail;
  });
  const routed: Routed = { logits: [], chosen: [] };
  let x = embedding(tokens, weights["model.embed_tokens.weight"]!, width);
  for (let index = 0; index < shape.layers; index++) {
    const find = (name: string) => weights[`model.layers.${index}.${name}`] ?? null;
    const layer = { shape, index, find, routed, real };
    x = attend(layer, x, batch);
    const n = rmsNorm(x, need(find("post_attention_layernorm.weight"), "norm"), eps);
    x = add(x, find("mlp.gate_proj.weight") ? dense(layer, n) : mixture(layer, n));
  }
  const scored = x.filter((_, i) => {
    const column = Math.floor(i / width) % T;
    return column >= head && column < T - tail;
  });
  const last = rmsNorm(scored, weights["model.norm.weight"]!, eps);
  const table = weights[shape.tied ? "model.embed_tokens.weight" : "lm_head.weight"]!;
  const logits = linear(last, table, { R: last.length / width, I: width, O: vocab });
  const auxLoss =
    routed.logits.length === 0
      ? 0
      : balanceLoss(routed.logits, routed.chosen, { experts: shape.mixture!.experts });
  return { ...logProb(logits, targets, vocab, temperature), auxLoss };
}
