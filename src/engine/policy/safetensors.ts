/** Tensors in the safetensors format: u64 header length, JSON header, little-endian data. */

export interface Tensor {
  shape: readonly number[];
  /** Row-major. */
  data: Float32Array<ArrayBuffer>;
}

/** A tensor as the header tells of it, before anything is read. */
export interface TensorEntry {
  name: string;
  dtype: string;
  shape: readonly number[];
  /** Its bytes in the file, checked to lie there and to be as many as the shape needs. */
  from: number;
  to: number;
}

/** Bytes that a header may have; a policy's has some thousand. */
const MAX_HEADER = 4 * 2 ** 20;
const BYTES: Readonly<Record<string, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  BOOL: 1,
};

/** The bytes of a file that transformers' `from_pretrained` reads: float32, format "pt". */
export function encodeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: { format: "pt", ...metadata } };
  let length = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: "F32", shape, data_offsets: [length, length + data.byteLength] };
    length += data.byteLength;
  }
  const text = JSON.stringify(header);
  // Spaces bring the data to a multiple of 8, as the format's own writer does.
  const json = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const file = new Uint8Array(8 + json.length + length);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  let at = 8 + json.length;
  for (const { data } of Object.values(tensors)) {
    for (const value of data) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return file;
}

/**
 * What a file says it holds, in the order of its data. No tensor is read.
 *
 * @throws RangeError that names what does not fit.
 */
export function safetensorsEntries(file: Uint8Array): {
  entries: TensorEntry[];
  metadata: Record<string, string>;
} {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.byteLength < 8) throw new RangeError(`${file.byteLength} bytes are no safetensors file`);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > Math.min(file.byteLength - 8, MAX_HEADER)) {
    throw new RangeError(
      `the header claims ${headerLength} bytes; the file has ${file.byteLength}, and a header at most ${MAX_HEADER}`,
    );
  }
  const start = 8 + headerLength;
  const entries: TensorEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(parseHeader(file.subarray(8, start)))) {
    if (name === "__metadata__") metadata = checkMetadata(entry);
    else entries.push(checkEntry(name, entry, start, file.byteLength));
  }
  // The format allows neither holes nor bytes that two tensors share.
  entries.sort((a, b) => a.from - b.from);
  let end = start;
  for (const { name, from, to } of entries) {
    if (from !== end) throw new RangeError(`${name} begins at byte ${from}, not at ${end}`);
    end = to;
  }
  if (end !== file.byteLength) {
    throw new RangeError(`the tensors end at byte ${end}; the file has ${file.byteLength}`);
  }
  return { entries, metadata };
}

/** What tensors may be of; numbers of 16 bits are widened, which is exact. */
const readers: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => half(view.getUint16(at, true)),
  BF16: (view, at) => brain(view.getUint16(at, true)),
};

/** The types that `decodeSafetensors` reads, e.g. "F32, F16, BF16". */
export const READ_TYPES = Object.keys(readers);

/** IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction; subnormal below 2⁻¹⁴. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const widened = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a float32. */
function brain(bits: number): number {
  widened.setUint32(0, bits << 16);
  return widened.getFloat32(0);
}

/** Reads tensors as float32; throws a RangeError that names what does not fit. */
export function decodeSafetensors(file: Uint8Array): {
  tensors: Record<string, Tensor>;
  metadata: Record<string, string>;
} {
  const { entries, metadata } = safetensorsEntries(file);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tensors = entries.map(({ name, dtype, shape, from, to }) => {
    const read = readers[dtype];
    if (!read) throw new RangeError(`${name} is ${dtype}; ${READ_TYPES.join(", ")} are read`);
    const width = BYTES[dtype]!;
    const data = new Float32Array((to - from) / width);
    for (let i = 0; i < data.length; i++) data[i] = read(view, from + i * width);
    return [name, { shape, data }] as const;
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}

function parseHeader(bytes: Uint8Array): object {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new RangeError("the header is not JSON");
  }
  if (header === null || typeof header !== "object" || Array.isArray(header)) {
    throw new RangeError("the header is not a JSON object");
  }
  return header;
}

function checkMetadata(entry: unknown): Record<string, string> {
  const texts = entry !== null && typeof entry === "object" ? Object.entries(entry) : [];
  return Object.fromEntries(
    texts.map(([key, value]): [string, string] => {
      if (typeof value !== "string") throw new RangeError(`__metadata__ has ${key}, no text`);
      return [key, value];
    }),
  );
}

function checkEntry(name: string, entry: unknown, start: number, end: number): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const whole = (n: unknown): n is number => Number.isSafeInteger(n) && Number(n) >= 0;
  if (
    typeof dtype !== "string" ||
    !Array.isArray(shape) ||
    !shape.every(whole) ||
    !Array.isArray(offsets) ||
    offsets.length !== 2 ||
    !offsets.every(whole)
  ) {
    throw new RangeError(`${name} has no valid dtype, shape and data_offsets`);
  }
  const width = BYTES[dtype];
  if (width === undefined) throw new RangeError(`${name} is ${dtype}, which is no known type`);
  const [from = 0, to = 0] = offsets;
  const size = shape.reduce((product, n) => product * n, width);
  if (to > end - start || to < from) {
    throw new RangeError(`${name} ends at byte ${to}; the file holds ${end - start}`);
  }
  if (to - from !== size) {
    throw new RangeError(
      `${name} has ${to - from} bytes; its shape ${shape.join("×")} needs ${size}`,
    );
  }
  return { name, dtype, shape, from: start + from, to: start + to };
}
