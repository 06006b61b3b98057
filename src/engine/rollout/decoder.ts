import { storageBuffer, storageBufferOf } from "../gpu/buffers.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { Staging } from "../gpu/staging.ts";
import { attentionForward } from "../layers/attention.ts";
import { embeddingForward } from "../layers/embedding.ts";
import { linearForward } from "../layers/linear.ts";
import { rmsNormForward } from "../layers/rms-norm.ts";
import { rotaryAngles, rotaryForward } from "../layers/rotary.ts";
import { swigluForward } from "../layers/swiglu.ts";
import { findTensor, parameterLayout } from "../policy/parameters.ts";
import { headDim, strides, type PolicyShape } from "../policy/shape.ts";
import { decodeAttention } from "./decode-attention.ts";
import { sampleToken, type Sampling } from "./sample-token.ts";

export interface DecoderShape {
  /** Rows. */
  B: number;
  /** Prompt columns. */
  P: number;
  /** Completion columns: `max_completion_length`. */
  C: number;
}

export interface Prompts {
  /** Left-padded. (B, P) */
  promptTokens: Uint32Array<ArrayBuffer>;
  /** First real column of each row. (B) */
  start: Uint32Array<ArrayBuffer>;
}

export interface Sampled {
  /** PAD after the end-of-sequence. (B, C) */
  tokens: Uint32Array<ArrayBuffer>;
  /** Log-probability under softmax(logits / temperature), unfiltered. (B, C) */
  logp: Float32Array<ArrayBuffer>;
}

/**
 * Samples completions with a key-value cache. The prompt but its last token is run through once;
 * then every token is one pass over B rows. The whole rollout is encoded without waiting: the
 * position counts up on the GPU and each sampled token is read by the next pass where it lies.
 */
export async function createDecoder(
  device: GPUDevice,
  shape: PolicyShape,
  { B, P, C }: DecoderShape,
  params: GPUBuffer,
) {
  const capacity = P + C;
  const stride = strides(shape);
  const layout = parameterLayout(shape);
  const { heads, kvHeads, layers, rmsNormEps: eps } = shape;
  const owned: GPUBuffer[] = [];
  const buffer = (name: string, length: number) => {
    const created = storageBuffer(device, `decoder ${name}`, length);
    owned.push(created);
    return created;
  };
  const weight = (name: string, ...fusedWith: string[]): GPUBufferBinding => {
    const tensors = [name, ...fusedWith].map((each) => findTensor(layout, each));
    const size = tensors.reduce((sum, tensor) => sum + tensor.size, 0) * 4;
    return { buffer: params, offset: tensors[0]!.offset * 4, size };
  };
  const head = shape.tied ? weight("model.embed_tokens.weight") : weight("lm_head.weight");

  const tokens = buffer("tokens", B * capacity);
  const start = buffer("start", B);
  const next = buffer("next", B);
  const ended = buffer("ended", B);
  const logp = buffer("logp", B * C);
  const logits = buffer("logits", B * stride.vocab);
  const promptTokens = buffer("prompt tokens", B * Math.max(1, P - 1));
  const position = buffer("position", 1);
  const origin = buffer("origin", 1); // stays 0: where the prompt's columns begin
  const angles = storageBufferOf(
    device,
    "decoder angles",
    rotaryAngles(capacity, headDim(shape), shape.ropeTheta),
  );
  owned.push(angles);
  const cache = Array.from({ length: layers }, (_, layer) => ({
    k: buffer(`keys ${layer}`, B * capacity * stride.keyValue),
    v: buffer(`values ${layer}`, B * capacity * stride.keyValue),
  }));
  const attentionShape = {
    B,
    heads,
    kvHeads,
    head: stride.head,
    headDim: headDim(shape),
    capacity,
  };

  /** The layers over R = B·Tq rows, from tokens to the last layer's output. */
  const body = async (Tq: number, ids: GPUBuffer, at: GPUBuffer) => {
    const R = B * Tq;
    const C4 = stride.width;
    const name = Tq === 1 ? "" : "prompt ";
    const x = [buffer(`${name}x`, R * C4), buffer(`${name}x'`, R * C4)] as const;
    const normed = buffer(`${name}normed`, R * C4);
    const rstd = buffer(`${name}rstd`, R);
    const qkv = buffer(`${name}qkv`, R * stride.queryKeyValue);
    const q = buffer(`${name}q`, R * stride.query);
    const o = buffer(`${name}o`, R * stride.query);
    const gateUp = buffer(`${name}gate and up`, R * stride.gateUp);
    const hidden = buffer(`${name}hidden`, R * stride.hidden);
    const stats = buffer(`${name}stats`, Tq === 1 ? 1 : R * heads * 2);
    const [embed, norm, intoQkv, rotate, intoX, intoGateUp, activate, down] = await Promise.all([
      embeddingForward(device, { R, C: C4 }),
      rmsNormForward(device, { R, C: shape.width, eps }),
      linearForward(device, { R, I: C4, O: stride.queryKeyValue }),
      rotaryForward(device, { B, Tq, Tcap: capacity, heads, kvHeads, head: stride.head }),
      linearForward(device, { R, I: stride.query, O: C4 }),
      linearForward(device, { R, I: C4, O: stride.gateUp }),
      swigluForward(device, { R, F: stride.hidden }),
      linearForward(device, { R, I: stride.hidden, O: C4 }),
    ]);
    const attend =
      Tq === 1
        ? await decodeAttention(device, attentionShape).then(
            (bind) => (b: { k: GPUBuffer; v: GPUBuffer }) =>
              bind({ q, ...b, start, position: at, o }),
          )
        : await attentionForward(device, { ...attentionShape, T: Tq }).then(
            (bind) => (b: { k: GPUBuffer; v: GPUBuffer }) => bind({ q, ...b, start, o, stats }),
          );

    const run: Dispatch[] = [
      embed({ tokens: ids, table: weight("model.embed_tokens.weight"), x: x[0] }),
    ];
    cache.forEach(({ k, v }, layer) => {
      const of = (name: string) => `model.layers.${layer}.${name}.weight`;
      const fused = weight(of("self_attn.q_proj"), of("self_attn.k_proj"), of("self_attn.v_proj"));
      run.push(
        norm({ x: x[0], gain: weight(of("input_layernorm")), y: normed, rstd }),
        intoQkv({ x: normed, weight: fused, y: qkv, residual: null }),
        rotate({ qkv, angles, position: at, q, k, v }),
        attend({ k, v }),
        intoX({ x: o, weight: weight(of("self_attn.o_proj")), y: x[1], residual: x[0] }),
        norm({ x: x[1], gain: weight(of("post_attention_layernorm")), y: normed, rstd }),
        intoGateUp({
          x: normed,
          weight: weight(of("mlp.gate_proj"), of("mlp.up_proj")),
          y: gateUp,
          residual: null,
        }),
        activate({ gateUp, h: hidden }),
        down({ x: hidden, weight: weight(of("mlp.down_proj")), y: x[0], residual: x[1] }),
      );
    });
    return { run, x: x[0], normed, rstd };
  };

  const [prompt, token, finalNorm, intoLogits, sampler] = await Promise.all([
    P > 1 ? body(P - 1, promptTokens, origin) : null,
    body(1, next, position),
    rmsNormForward(device, { R: B, C: shape.width, eps }),
    linearForward(device, { R: B, I: stride.width, O: stride.vocab }),
    sampleToken(device, { B, V: shape.vocab, capacity, head: P }),
  ]);
  const decode: Dispatch[] = [
    ...token.run,
    finalNorm({ x: token.x, gain: weight("model.norm.weight"), y: token.normed, rstd: token.rstd }),
    intoLogits({ x: token.normed, weight: head, y: logits, residual: null }),
    sampler.bind({ logits, position, tokens, next, ended, logp }),
  ];
  const staging = new Staging(
    device,
    { tokens: { buffer: tokens, length: B * capacity }, logp: { buffer: logp, length: B * C } },
    1,
  );

  const write = (prompts: Prompts) => {
    const lead = new Uint32Array(B * (P - 1));
    const last = new Uint32Array(B);
    for (let row = 0; row < B; row++) {
      const own = prompts.promptTokens.subarray(row * P, (row + 1) * P);
      lead.set(own.subarray(0, P - 1), row * (P - 1));
      last[row] = own[P - 1]!;
    }
    if (P > 1) device.queue.writeBuffer(promptTokens, 0, lead);
    device.queue.writeBuffer(next, 0, last);
    device.queue.writeBuffer(start, 0, prompts.start);
    device.queue.writeBuffer(position, 0, Uint32Array.of(P - 1));
    device.queue.writeBuffer(ended, 0, new Uint32Array(B));
  };

  return {
    /** Logits of the last decoded token, for the tests and vectors. (B, ceil4(V)) */
    logits,

    /** Runs the prompts and samples up to C tokens each. */
    async sample(prompts: Prompts, sampling: Sampling): Promise<Sampled> {
      write(prompts);
      sampler.configure(sampling);
      const encoder = device.createCommandEncoder({ label: "rollout" });
      const pass = encoder.beginComputePass();
      for (const dispatch of prompt?.run ?? []) dispatch(pass);
      for (let i = 0; i < C; i++) for (const dispatch of decode) dispatch(pass);
      pass.end();
      staging.copy(encoder, 0);
      device.queue.submit([encoder.finish()]);
      const read = await staging.read();
      const all = new Uint32Array(read.tokens);
      const completion = new Uint32Array(B * C);
      for (let row = 0; row < B; row++) {
        completion.set(all.subarray(row * capacity + P, (row + 1) * capacity), row * C);
      }
      return { tokens: completion, logp: new Float32Array(read.logp) };
    },

    get bytes(): number {
      return owned.reduce((sum, { size }) => sum + size, 0) + staging.bytes;
    },

    destroy(): void {
      for (const each of owned) each.destroy();
      sampler.destroy();
      staging.destroy();
    },
  };
}
