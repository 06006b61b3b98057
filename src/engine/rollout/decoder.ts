import { storageBuffer, storageBufferOf } from "../gpu/buffers.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { Staging } from "../gpu/staging.ts";
import { Submissions } from "../gpu/submissions.ts";
import { attentionForward } from "../layers/attention.ts";
import { embeddingForward } from "../layers/embedding.ts";
import { gateUpForward, linearForward, queryKeyValueForward } from "../layers/linear.ts";
import { rotaryAngles } from "../layers/rotary.ts";
import { findTensor, parameterLayout } from "../policy/parameters.ts";
import { headDim, strides, type PolicyShape } from "../policy/shape.ts";
import { cacheParts } from "./cache-parts.ts";
import { type CachedRows, decodeAttention } from "./decode-attention.ts";
import { sampleToken, type Sampling } from "./sample-token.ts";
import { spreadPrompt } from "./spread-prompt.ts";

export interface DecoderShape {
  /** Rows. */
  B: number;
  /** Prompt columns. */
  P: number;
  /** Completion columns: `max_completion_length`. */
  C: number;
  /** Consecutive rows with the same prompt, which is computed once; 1 when left out. */
  G?: number;
  /** The most bytes that one buffer of keys and values has; what every adapter binds when left out. */
  cacheBytes?: number;
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

/** Submissions of a rollout that the GPU has at a time, where it takes several: it never runs dry. */
const UNDER_WAY = 2;

/**
 * Samples completions with a key-value cache. Each prompt but its last token is run through once;
 * then every token is one pass over B rows. The whole rollout is encoded without waiting: the
 * position counts up on the GPU and each sampled token is read by the next pass where it lies.
 */
export async function createDecoder(
  device: GPUDevice,
  shape: PolicyShape,
  { B, P, C, G = 1, cacheBytes }: DecoderShape,
  params: GPUBuffer,
) {
  if (B % G !== 0) throw new RangeError(`${B} rows do not divide into prompts of ${G} rows`);
  const capacity = P + C;
  const lead = P - 1; // columns of a prompt that are only cached
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
  const promptTokens = buffer("prompt tokens", (B / G) * Math.max(1, lead));
  const promptStart = buffer("prompt start", B / G);
  const position = buffer("position", 1);
  const origin = buffer("origin", 1); // stays 0: where the prompt's columns begin
  const angles = storageBufferOf(
    device,
    "decoder angles",
    rotaryAngles(capacity, headDim(shape), shape.ropeTheta),
  );
  owned.push(angles);
  const parts = cacheParts(shape, { B, capacity }, cacheBytes);
  /** Of each layer, part by part. */
  const caches = Array.from({ length: layers }, (_, layer) =>
    parts.map(({ first, rows }) =>
      buffer(`keys and values ${layer}, row ${first} on`, rows * capacity * 2 * stride.keyValue),
    ),
  );
  const norm = { C: shape.width, eps };
  const attentionShape = {
    heads,
    kvHeads,
    head: stride.head,
    headDim: headDim(shape),
  };

  /** The layers over `rows` rows of Tq columns, from tokens to the last layer's output. */
  const body = async (part: "prompt" | "token", ids: GPUBuffer, at: GPUBuffer) => {
    const ofPrompt = part === "prompt";
    const [rows, Tq, Tcap] = ofPrompt ? [B / G, lead, lead] : [B, 1, capacity];
    const R = rows * Tq;
    const C4 = stride.width;
    const name = ofPrompt ? "prompt " : "";
    const x = [buffer(`${name}x`, R * C4), buffer(`${name}x'`, R * C4)] as const;
    const rstd = buffer(`${name}rstd`, R);
    const q = buffer(`${name}q`, R * stride.query);
    const o = buffer(`${name}o`, R * stride.query);
    const gateUp = buffer(`${name}gate and up`, R * stride.gateUp);
    const hidden = buffer(`${name}hidden`, R * stride.hidden);
    const stats = buffer(`${name}stats`, ofPrompt ? R * heads * 2 : 1);
    // A prompt's own columns, before they go to each of its completions.
    const own = ofPrompt && buffer("prompt keys and values", R * 2 * stride.keyValue);
    const qkvOf = (R: number) =>
      queryKeyValueForward(
        device,
        { R, I: C4, norm },
        { Tq, Tcap, heads, kvHeads, head: stride.head },
      );
    const [embed, intoX, intoGateUp, down] = await Promise.all([
      embeddingForward(device, { R, C: C4 }),
      linearForward(device, { R, I: stride.query, O: C4 }),
      gateUpForward(device, { R, I: C4, O: stride.gateUp, norm }),
      linearForward(device, { R, I: stride.hidden, O: C4 }),
    ]);
    type Projected = Omit<Parameters<Awaited<ReturnType<typeof qkvOf>>>[0], "kv" | "q" | "x">;
    /** From a layer's input to its attention's output. */
    let attend: (projected: Projected, kv: readonly GPUBuffer[]) => Dispatch[];
    if (own) {
      const [intoQkv, attention, spread] = await Promise.all([
        qkvOf(R),
        attentionForward(device, { ...attentionShape, B: rows, T: Tq }),
        spreadPrompt(device, { G, P: lead, capacity, width: 2 * stride.keyValue }),
      ]);
      attend = (projected, kv) => [
        intoQkv({ ...projected, x: x[0], q, kv: own }),
        attention({ q, kv: own, start: promptStart, o, stats }),
        ...parts.map((part, i) => spread({ kv: own, cache: kv[i]! }, part)),
      ];
    } else {
      const [attention, intoQkv] = await Promise.all([
        decodeAttention(device, { ...attentionShape, capacity }),
        Promise.all(parts.map((part) => qkvOf(part.rows))),
      ]);
      // Nothing reads a part's own: it only has to begin where a binding may.
      const norms = parts.map(({ rows }, i) => (i === 0 ? rstd : buffer(`rstd, part ${i}`, rows)));
      const rowsOf = (of: GPUBuffer, width: number, part: CachedRows): GPUBufferBinding => ({
        buffer: of,
        offset: part.first * width * 4,
        size: part.rows * width * 4,
      });
      attend = ({ norm: gains, ...projected }, kv) =>
        parts.flatMap((part, i) => [
          intoQkv[i]!({
            ...projected,
            norm: gains && { ...gains, rstd: norms[i]! },
            x: rowsOf(x[0], C4, part),
            q: rowsOf(q, stride.query, part),
            kv: kv[i]!,
          }),
          attention({ q, kv: kv[i]!, start, ended, position: at, o }, part),
        ]);
    }

    const run: Dispatch[] = [
      embed({ tokens: ids, table: weight("model.embed_tokens.weight"), x: x[0] }),
    ];
    caches.forEach((kv, layer) => {
      const of = (name: string) => `model.layers.${layer}.${name}.weight`;
      run.push(
        ...attend(
          {
            norm: { gain: weight(of("input_layernorm")), rstd },
            weight: weight(of("self_attn.q_proj"), of("self_attn.k_proj"), of("self_attn.v_proj")),
            angles,
            position: at,
          },
          kv,
        ),
        intoX({
          x: o,
          norm: null,
          weight: weight(of("self_attn.o_proj")),
          y: x[1],
          residual: x[0],
        }),
        intoGateUp({
          x: x[1],
          norm: { gain: weight(of("post_attention_layernorm")), rstd },
          weight: weight(of("mlp.gate_proj"), of("mlp.up_proj")),
          gateUp,
          h: hidden,
        }),
        down({
          x: hidden,
          norm: null,
          weight: weight(of("mlp.down_proj")),
          y: x[0],
          residual: x[1],
        }),
      );
    });
    return { run, x: x[0], rstd };
  };

  const [prompt, token, intoLogits, sampler] = await Promise.all([
    lead > 0 ? body("prompt", promptTokens, origin) : null,
    body("token", next, position),
    linearForward(device, { R: B, I: stride.width, O: stride.vocab, norm }),
    sampleToken(device, { B, V: shape.vocab, capacity, head: P }),
  ]);
  const decode: Dispatch[] = [
    ...token.run,
    intoLogits({
      x: token.x,
      norm: { gain: weight("model.norm.weight"), rstd: token.rstd },
      weight: head,
      y: logits,
      residual: null,
    }),
    sampler.bind({ logits, position, tokens, next, ended, logp }),
  ];
  const staging = new Staging(
    device,
    { tokens: { buffer: tokens, length: B * capacity }, logp: { buffer: logp, length: B * C } },
    1,
  );

  /** Where a rollout is cut it is looked whether rows are still being written. */
  const peeks = Array.from({ length: UNDER_WAY + 1 }, () => ({
    staging: new Staging(device, { ended: { buffer: ended, length: B } }, 1),
    free: true,
  }));
  let allEnded = false;
  const submissions = new Submissions(device, "rollout", (encoder) => {
    const peek = peeks.find(({ free }) => free);
    if (!peek) return null;
    peek.free = false;
    peek.staging.copy(encoder, 0);
    return async () => {
      const read = await peek.staging.read();
      peek.free = true;
      allEnded = new Uint32Array(read.ended).every((row) => row !== 0);
    };
  });

  const write = (prompts: Prompts) => {
    const ahead = new Uint32Array((B / G) * lead);
    const last = new Uint32Array(B);
    for (let row = 0; row < B; row++) {
      const own = prompts.promptTokens.subarray(row * P, (row + 1) * P);
      if (row % G === 0) ahead.set(own.subarray(0, lead), (row / G) * lead);
      last[row] = own[lead]!;
    }
    if (lead > 0) {
      device.queue.writeBuffer(promptTokens, 0, ahead);
      device.queue.writeBuffer(
        promptStart,
        0,
        prompts.start.filter((_, row) => row % G === 0),
      );
    }
    device.queue.writeBuffer(next, 0, last);
    device.queue.writeBuffer(start, 0, prompts.start);
    device.queue.writeBuffer(position, 0, Uint32Array.of(P - 1));
    device.queue.writeBuffer(ended, 0, new Uint32Array(B));
  };

  const inOrder =
    (dispatches: readonly Dispatch[]): Dispatch =>
    (pass) => {
      for (const dispatch of dispatches) dispatch(pass);
    };

  return {
    /** What the prompts launch, and each token, for counting and timing. */
    passes: { prompt: inOrder(prompt?.run ?? []), token: inOrder(decode) },

    /** Logits of the last decoded token, for the tests and vectors. (B, ceil4(V)) */
    logits,

    /** Runs the prompts and samples up to C tokens each. */
    async sample(prompts: Prompts, sampling: Sampling): Promise<Sampled> {
      // What is still heard of the rollout before says nothing of this one.
      if (submissions.underWay > 0) await submissions.atMost(0);
      allEnded = false;
      write(prompts);
      sampler.configure(sampling);
      let sampled = 0;
      if (prompt) submissions.launch(...prompt.run);
      while (sampled < C && !allEnded) {
        submissions.launch(...decode);
        sampled++;
        // Where it is not one submission, it is not far ahead of what is known of it.
        if (submissions.underWay > UNDER_WAY) await submissions.atMost(UNDER_WAY);
      }
      staging.copy(submissions.encoder, 0);
      const read = await submissions.read(() => staging.read());
      const all = new Uint32Array(read.tokens);
      const completion = new Uint32Array(B * C);
      const logps = new Float32Array(read.logp);
      for (let row = 0; row < B; row++) {
        completion.set(all.subarray(row * capacity + P, (row + 1) * capacity), row * C);
        // All rows had ended: nothing was written from here on.
        completion.fill(sampling.pad, row * C + sampled, (row + 1) * C);
        logps.fill(0, row * C + sampled, (row + 1) * C);
      }
      return { tokens: completion, logp: logps };
    },

    get bytes(): number {
      const read = peeks.reduce((sum, peek) => sum + peek.staging.bytes, staging.bytes);
      return owned.reduce((sum, { size }) => sum + size, read);
    },

    destroy(): void {
      for (const each of owned) each.destroy();
      sampler.destroy();
      staging.destroy();
      for (const peek of peeks) peek.staging.destroy();
    },
  };
}
