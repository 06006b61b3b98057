import type { GpuContext } from "../gpu/context.ts";
import type { Dispatch } from "../gpu/kernel.ts";
import { type Source, Staging } from "../gpu/staging.ts";
import { Submissions } from "../gpu/submissions.ts";
import type { PolicyShape } from "../policy/shape.ts";
import type { PictureBatch } from "../policy/vision/pictures.ts";
import { decoderState } from "./layer-pass.ts";
import { promptPass } from "./prompt-pass.ts";
import type { Sampling } from "./sample-token.ts";
import { tokenPass } from "./token-pass.ts";

export interface DecoderShape {
  /** Rows. */
  B: number;
  /** Prompt columns. */
  P: number;
  /** Completion columns: `max_completion_length`. */
  K: number;
  /** Consecutive rows with the same prompt, which is computed once; 1 when left out. */
  G?: number;
  /** The most bytes that one buffer of keys and values has; what every adapter binds when left out. */
  cacheBytes?: number;
}

/** One a group of G rows: a prompt is not copied before the rows go apart. */
export interface Prompts {
  /** Left-padded. (B / G, P) */
  promptTokens: Uint32Array<ArrayBuffer>;
  /** First real column of each prompt. (B / G) */
  start: Uint32Array<ArrayBuffer>;
  /** What the prompts' pictures are, of a policy that sees them; the first of prompt 0, and so on. */
  pictures?: PictureBatch;
}

export interface Sampled {
  /** PAD after the end-of-sequence. (B, K) */
  tokens: Uint32Array<ArrayBuffer>;
  /** Log-probability under softmax(logits / temperature), unfiltered. (B, K) */
  logp: Float32Array<ArrayBuffer>;
  /** Tokens of each completion, its end-of-sequence included; K where there is none. (B) */
  length: Uint32Array<ArrayBuffer>;
  /**
   * Experts of every token that the sampler went through, NO_ROUTE for others; null for a policy without
   * a mixture. (B, P + K, layers that have a mixture, perToken)
   */
  routes: Uint32Array<ArrayBuffer> | null;
}

export interface RolloutSampling extends Sampling {
  /** What follows an end-of-sequence. */
  pad: number;
}

/** Submissions of a rollout that the GPU has at a time, where it takes several: it never runs dry. */
const UNDER_WAY = 2;

/**
 * Samples completions with a key-value cache. Each prompt but its last token is run through once;
 * then every token is one pass over the rows that have not ended. The whole rollout is encoded
 * without waiting: the column counts up on the GPU, and so does which rows have ended, and each
 * sampled token is read by the next pass where it lies.
 */
export async function createDecoder(
  gpu: GpuContext,
  shape: PolicyShape,
  { B, P, K, G = 1, cacheBytes }: DecoderShape,
  params: GPUBuffer,
) {
  if (B % G !== 0) throw new RangeError(`${B} rows do not divide into prompts of ${G} rows`);
  const { device } = gpu;
  const capacity = P + K;
  const state = decoderState(gpu, shape, { B, capacity, cacheBytes }, params);
  const { arena, buffer } = state;
  const rollout = {
    tokens: buffer("tokens", B * capacity),
    logp: buffer("logp", B * K),
    start: buffer("start", B),
    next: buffer("next", B),
    ended: buffer("ended", B),
    lastColumn: buffer("last column", 1),
  };
  const { tokens, logp, start, next, ended, lastColumn } = rollout;
  const [prompt, token] = await Promise.all([
    // A prompt of one token has nothing ahead of it.
    P > 1 ? promptPass(state, { B, P, G }) : null,
    tokenPass(state, { B, P, V: shape.vocab }, rollout),
  ]);
  const { kept } = token;
  const promptRoutes = prompt?.routing ?? null;
  const whole = (buffer: GPUBuffer) => ({ buffer, length: buffer.size / 4 });
  const staging = new Staging<"tokens" | "logp" | "routes" | "promptRoutes">(
    device,
    {
      tokens: { buffer: tokens, length: B * capacity },
      logp: { buffer: logp, length: B * K },
      ...(kept && { routes: whole(kept.routes) }),
      ...(promptRoutes && { promptRoutes: whole(promptRoutes.chosen) }),
    } as Record<"tokens" | "logp" | "routes" | "promptRoutes", Source>,
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

  const write = (prompts: Prompts, perPrompt: number) => {
    const { queue } = device;
    const { promptTokens } = prompts;
    if (promptTokens.length !== (B / G) * P || prompts.start.length !== B / G) {
      throw new RangeError(
        `prompts have ${promptTokens.length} tokens and ${prompts.start.length} starts; ${B} rows in groups of ${G} take ${B / G} prompts of ${P} tokens, one a group`,
      );
    }
    prompt?.write(prompts);
    const ofRow = (value: (group: number) => number) =>
      Uint32Array.from({ length: B }, (_, row) => value(Math.floor(row / G)));
    queue.writeBuffer(
      next,
      0,
      ofRow((group) => promptTokens[group * P + P - 1]!),
    );
    queue.writeBuffer(
      start,
      0,
      ofRow((group) => prompts.start[group]!),
    );
    // The first pass moves on to the prompt's last column.
    queue.writeBuffer(lastColumn, 0, Uint32Array.of(P - 2));
    const isLeftOut = (row: number) => (row % G < perPrompt ? 0 : 1);
    queue.writeBuffer(
      ended,
      0,
      Uint32Array.from({ length: B }, (_, row) => isLeftOut(row)),
    );
  };

  const inOrder =
    (dispatches: readonly Dispatch[]): Dispatch =>
    (pass) => {
      for (const dispatch of dispatches) dispatch(pass);
    };

  return {
    /** What the prompts launch, and each token, for counting and timing. */
    passes: { prompt: inOrder(prompt?.run ?? []), token: inOrder(token.run) },

    /** Logits of the last decoded token, for the tests and vectors. (B, ceil4(V)) */
    logits: token.logits,

    /**
     * Runs the prompts and samples up to K tokens each, for the first `perPrompt` rows of a prompt: what
     * comes for its others means nothing.
     */
    async sample(prompts: Prompts, sampling: RolloutSampling, perPrompt = G): Promise<Sampled> {
      // What is still heard of the rollout before says nothing of this one.
      if (submissions.underWay > 0) await submissions.atMost(0);
      allEnded = false;
      write(prompts, perPrompt);
      token.configure(sampling);
      let sampled = 0;
      if (prompt) submissions.launch(...prompt.run);
      while (sampled < K && !allEnded) {
        submissions.launch(...token.run);
        sampled++;
        // Where it is not one submission, it is not far ahead of what is known of it.
        if (submissions.underWay > UNDER_WAY) await submissions.atMost(UNDER_WAY);
      }
      staging.copy(submissions.encoder, 0);
      const read = await submissions.read(() => staging.read());
      const all = new Uint32Array(read.tokens);
      const completion = new Uint32Array(B * K);
      const logps = new Float32Array(read.logp);
      const lengths = new Uint32Array(B);
      for (let row = 0; row < B; row++) {
        const own = all.subarray(row * capacity + P, (row + 1) * capacity);
        completion.set(own, row * K);
        // Where a row has ended nothing is written.
        const eos = sampling.eos === null ? -1 : own.subarray(0, sampled).indexOf(sampling.eos);
        const length = eos < 0 ? sampled : eos + 1;
        lengths[row] = length;
        completion.fill(sampling.pad, row * K + length, (row + 1) * K);
        logps.fill(0, row * K + length, (row + 1) * K);
      }
      const routes =
        kept &&
        (await import("./sampled-routes.ts")).sampledRoutes(
          {
            kept: new Uint32Array(read.routes),
            prompts: promptRoutes && {
              chosen: new Uint32Array(read.promptRoutes),
              stride: promptRoutes.stride,
            },
          },
          { B, P, G, layers: kept.routing.layers.length, perToken: kept.routing.plan.perToken },
          { start: prompts.start, length: lengths },
        );
      return { tokens: completion, logp: logps, length: lengths, routes };
    },

    get bytes(): number {
      const read = peeks.reduce((sum, peek) => sum + peek.staging.bytes, staging.bytes);
      return arena.bytes + read;
    },

    destroy(): void {
      arena.destroy();
      token.destroy();
      staging.destroy();
      for (const peek of peeks) peek.staging.destroy();
    },
  };
}
