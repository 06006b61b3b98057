import advanceCode from "../../../shaders/rollout/advance.wgsl?raw";
import code from "../../../shaders/rollout/sample-token.wgsl?raw";
import { uniformBuffer } from "../gpu/buffers.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { Purpose } from "../random.ts";

const WORKGROUP = 4;

export interface SampleTokenShape {
  B: number;
  /** Vocabulary. */
  V: number;
  /** Columns of `tokens`. */
  capacity: number;
  /** First column that is sampled. */
  head: number;
}

export interface SampleTokenBuffers {
  logits: Binding; // (B, ceil4(V))
  /** Column of the last token; the sample goes one column on. */
  position: Binding; // (1) u32
  tokens: Binding; // (B, capacity) u32
  /** The sampled tokens: what the decoder reads next. */
  next: Binding; // (B) u32
  ended: Binding; // (B) u32
  logp: Binding; // (B, capacity − head)
}

/** How tokens are drawn; TRL and transformers' `generate` by the same names. */
export interface Sampling {
  /** 0 takes the largest logit. */
  temperature: number;
  /** 0: off. */
  topK: number;
  /** 1: off. */
  topP: number;
  /** 0: off. */
  minP: number;
  seed: number;
  /** What the random numbers are for; Purpose.sampling when left out. */
  purpose?: number;
  generation: number;
  /** Null: rows never end by themselves. */
  eos: number | null;
  /** What ended rows are filled with. */
  pad: number;
  /** Number of row 0 within the generation. */
  firstRow?: number;
}

/** Draws every row's next token, then moves on to the next column. */
export async function sampleToken(device: GPUDevice, { B, V, capacity, head }: SampleTokenShape) {
  const [kernel, advance] = await Promise.all([
    Kernel.create(device, {
      label: "sample-token",
      code,
      constants: {
        B,
        V,
        VP: 4 * Math.ceil(V / 4),
        CAPACITY: capacity,
        HEAD: head,
        K: capacity - head,
        WORKGROUP,
      },
    }),
    Kernel.create(device, { label: "advance", code: advanceCode }),
  ]);
  const settings = uniformBuffer(device, "sampling settings", 10);

  return {
    bind({ logits, position, tokens, next, ended, logp }: SampleTokenBuffers): Dispatch {
      const sample = kernel.bind(
        [logits, position, tokens, next, ended, logp, settings],
        Math.ceil(B / WORKGROUP),
      );
      const move = advance.bind([position], 1);
      return (pass) => {
        sample(pass);
        move(pass);
      };
    },
    configure(sampling: Sampling): void {
      const bytes = new ArrayBuffer(settings.size);
      new Float32Array(bytes).set([sampling.temperature, sampling.topP, sampling.minP]);
      new Uint32Array(bytes).set(
        [
          sampling.topK,
          sampling.seed,
          sampling.purpose ?? Purpose.sampling,
          sampling.generation,
          sampling.eos ?? 0xffffffff,
          sampling.pad,
          sampling.firstRow ?? 0,
        ],
        3,
      );
      device.queue.writeBuffer(settings, 0, bytes);
    },
    destroy: () => settings.destroy(),
  };
}
