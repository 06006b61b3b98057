import { readableBuffer } from "./buffers.ts";

/** One buffer to copy back, after every micro-batch or once per step. */
export interface Source {
  buffer: GPUBuffer;
  /** 4-byte elements. */
  length: number;
}

/**
 * Collects buffers into one mappable buffer while a step is encoded, and reads them all at once
 * when it is done. Source by source, micro-batch by micro-batch.
 */
export class Staging<Name extends string> {
  readonly #sources: Readonly<Record<Name, Source>>;
  readonly #offsets = new Map<string, number>();
  readonly #micros: number;
  readonly #buffer: GPUBuffer;

  constructor(device: GPUDevice, sources: Readonly<Record<Name, Source>>, micros: number) {
    this.#sources = sources;
    this.#micros = micros;
    let size = 0;
    for (const name of this.names()) {
      this.#offsets.set(name, size);
      size += sources[name].length * 4 * micros;
    }
    this.#buffer = readableBuffer(device, "staging", size);
  }

  get bytes(): number {
    return this.#buffer.size;
  }

  names(): Name[] {
    return Object.keys(this.#sources).filter((name): name is Name => name in this.#sources);
  }

  /** Records the copies of `names` for one micro-batch. */
  copy(encoder: GPUCommandEncoder, micro: number, names: readonly Name[] = this.names()): void {
    for (const name of names) {
      const { buffer, length } = this.#sources[name];
      const offset = this.#offsets.get(name)! + micro * length * 4;
      encoder.copyBufferToBuffer(buffer, 0, this.#buffer, offset, length * 4);
    }
  }

  /**
   * Waits for the submitted copies; the bytes of each of `names`, of the first `micros`
   * micro-batches. What lies between the first and the last of them is mapped, no more.
   */
  async read(
    micros = this.#micros,
    names: readonly Name[] = this.names(),
  ): Promise<Record<Name, ArrayBuffer>> {
    const ranges = names.map((name) => {
      const { length } = this.#sources[name];
      return { name, at: this.#offsets.get(name)!, length: length * 4 };
    });
    // A mapping begins at a multiple of 8 bytes and is a multiple of 4 long.
    const from = Math.floor(Math.min(...ranges.map(({ at }) => at)) / 8) * 8;
    const to = Math.max(...ranges.map(({ at, length }) => at + length * this.#micros));
    await this.#buffer.mapAsync(GPUMapMode.READ, from, to - from);
    const mapped = this.#buffer.getMappedRange(from, to - from);
    const entries = ranges.map(({ name, at, length }) => {
      return [name, mapped.slice(at - from, at - from + length * micros)] as const;
    });
    this.#buffer.unmap();
    return Object.fromEntries(entries) as Record<Name, ArrayBuffer>;
  }

  destroy(): void {
    this.#buffer.destroy();
  }
}
