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

/** Token ids as the policy gets them; columns from `head` on are scored. */
export interface ReferenceBatch {
  B: number;
  T: number;
  head: number;
  tokens: readonly number[]; // (B, T)
  start: readonly number[]; // (B)
  targets: readonly number[]; // (B, K)
  temperature: number;
}

/** Unpadded tensors under transformers' names. */
export type ReferenceWeights = Readonly<Record<string, readonly number[]>>;

/** The whole policy in float64, composed of the layers' formulas. */
export function referencePolicy(
  shape: PolicyShape,
  weights: ReferenceWeights,
  { B, T, head, tokens, start, targets, temperature }: ReferenceBatch,
): { logits: number[]; logp: number[]; entropy: number[] } {
  const { width, heads, kvHeads, hidden, vocab, rmsNormEps: eps } = shape;
  const D = headDim(shape);
  const of = (name: string) => {
    const values = weights[`${name}.weight`];
    if (!values) throw new Error(`no weights for ${name}`);
    return values;
  };
  const project = (x: readonly number[], name: string, I: number, O: number) =>
    linear(x, of(name), { R: x.length / I, I, O });
  const turn = (x: readonly number[], rowHeads: number) =>
    rotary(x, { T, headDim: D }, rowHeads, shape.ropeTheta);

  let x = embedding(tokens, of("model.embed_tokens"), width);
  for (let layer = 0; layer < shape.layers; layer++) {
    const at = `model.layers.${layer}`;
    const normed = rmsNorm(x, of(`${at}.input_layernorm`), eps);
    const part = (name: string, rowHeads: number) =>
      project(normed, `${at}.self_attn.${name}`, width, rowHeads * D);
    const o = attention(
      turn(part("q_proj", heads), heads),
      turn(part("k_proj", kvHeads), kvHeads),
      part("v_proj", kvHeads),
      start,
      { B, T, heads, kvHeads, headDim: D },
    );
    x = add(x, project(o, `${at}.self_attn.o_proj`, heads * D, width));
    const middle = rmsNorm(x, of(`${at}.post_attention_layernorm`), eps);
    const h = swiglu(
      project(middle, `${at}.mlp.gate_proj`, width, hidden),
      project(middle, `${at}.mlp.up_proj`, width, hidden),
    );
    x = add(x, project(h, `${at}.mlp.down_proj`, hidden, width));
  }
  const scored = x.filter((_, i) => Math.floor(i / width) % T >= head);
  const last = rmsNorm(scored, of("model.norm"), eps);
  const logits = project(last, shape.tied ? "model.embed_tokens" : "lm_head", width, vocab);
  return { logits, ...logProb(logits, targets, vocab, temperature) };
}
