import { codeOf, kernelSpec } from "../shaders/manifest.ts";
import { uniformBuffer } from "../gpu/buffers.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { structOf } from "../gpu/struct.ts";
import { groups } from "../layers/grid.ts";
import { Purpose } from "../../base/random.ts";

const WORKGROUP = 4;
const SETTINGS = structOf(codeOf("sample-token"), "Settings");

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
  /** Of the rows that have not ended. */
  logits: Binding; // (B, ceil4(V))
  /** The row of the batch that each row of the logits is of. */
  live: Binding; // (B) u32
  /** Uniform: 0 and how many they are. */
  rowRange: Binding; // (2) u32
  /** Column of the last token; the sample goes one column on. */
  lastColumn: Binding; // (1) u32
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
  /** Number of row 0 within the generation. */
  firstRow?: number;
}

/** Draws the next token of every row that has not ended. */
export async function sampleToken(device: GPUDevice, { B, V, capacity, head }: SampleTokenShape) {
  const kernel = await Kernel.create(device, {
    ...kernelSpec("sample-token"),
    constants: {
      V,
      VP: 4 * Math.ceil(V / 4),
      CAPACITY: capacity,
      HEAD: head,
      K: capacity - head,
      WORKGROUP,
    },
  });
  const settings = uniformBuffer(device, "sampling settings", SETTINGS.words);

  return {
    bind(b: SampleTokenBuffers): Dispatch {
      const { logits, lastColumn, tokens, next, ended, logp, live, rowRange } = b;
      return kernel.bind(
        [logits, lastColumn, tokens, next, ended, logp, settings, live, rowRange],
        groups(B, WORKGROUP),
      );
    },
    configure(sampling: Sampling): void {
      const bytes = SETTINGS.pack({
        temperature: sampling.temperature,
        top_p: sampling.topP,
        min_p: sampling.minP,
        top_k: sampling.topK,
        seed: sampling.seed,
        purpose: sampling.purpose ?? Purpose.sampling,
        generation: sampling.generation,
        eos: sampling.eos ?? 0xffffffff,
        firstRow: sampling.firstRow ?? 0,
      });
      device.queue.writeBuffer(settings, 0, bytes);
    },
    destroy: () => settings.destroy(),
  };
}
