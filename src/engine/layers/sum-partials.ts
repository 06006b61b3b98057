import { kernelSpec } from "../shaders/manifest.ts";
import { storageBufferOf } from "../gpu/buffers.ts";
import { type Binding, type Dispatch, Kernel } from "../gpu/kernel.ts";
import { groups } from "./grid.ts";

/** The partial sums of one range of the gradient buffer. */
export interface Partials {
  /** Where the range begins in the gradient buffer: a multiple of 64 floats. */
  offset: number;
  /** Floats of one partial sum, a multiple of 4. */
  length: number;
  /** How many; 0: none. */
  count: number;
}

/** Ranges begin at multiples of as many floats, so that each can be bound. */
const BLOCK = 64;
const WORKGROUP = 64;

/** Where each range's partial sums begin in the scratch buffer, in floats, and what it holds in all. */
export function layOutPartials(all: readonly Partials[]): { offsets: number[]; length: number } {
  const offsets: number[] = [];
  let length = 0;
  for (const { length: each, count } of all) {
    offsets.push(length);
    length += groups(each * count, BLOCK) * BLOCK;
  }
  return { offsets, length };
}

/** The table that sum-partials reads: for each block of the gradient buffer its partial sums. */
function table(all: readonly Partials[], length: number): Uint32Array<ArrayBuffer> {
  const parts = new Uint32Array(groups(length, BLOCK) * 4);
  const { offsets } = layOutPartials(all);
  all.forEach(({ offset, length: each, count }, i) => {
    for (let block = 0; count > 0 && block * BLOCK < each; block++) {
      const entry = [offsets[i]! / 4, each / 4, count, (block * BLOCK) / 4];
      parts.set(entry, (offset / BLOCK + block) * 4);
    }
  });
  return parts;
}

/** Adds every range's partial sums to a gradient buffer of `length` floats, in order. */
export async function sumPartials(device: GPUDevice, all: readonly Partials[], length: number) {
  const kernel = await Kernel.create(
    device,
    kernelSpec("sum-partials", { N: length / 4, WORKGROUP }),
  );
  return (buffers: {
    /** The whole scratch buffer, see layOutPartials. */
    partial: Binding;
    dparams: Binding; // (length), accumulated
  }): { run: Dispatch; parts: GPUBuffer } => {
    const parts = storageBufferOf(device, "gradients", "partial sums' table", table(all, length));
    const run = kernel.bind(
      [buffers.partial, parts, buffers.dparams],
      groups(length / 4, WORKGROUP),
    );
    return { run, parts };
  };
}
