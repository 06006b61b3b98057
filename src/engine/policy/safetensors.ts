/** Tensors in the safetensors format: u64 header length, JSON header, little-endian data. */

export interface Tensor {
  shape: readonly number[];
  /** Row-major. */
  data: Float32Array<ArrayBuffer>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

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

/** Reads float32 tensors; throws a RangeError that names what does not fit. */
export function decodeSafetensors(file: Uint8Array): {
  tensors: Record<string, Tensor>;
  metadata: Record<string, string>;
} {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.byteLength < 8) throw new RangeError(`${file.byteLength} bytes are no safetensors file`);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > file.byteLength - 8) {
    throw new RangeError(
      `the header claims ${headerLength} bytes; the file has ${file.byteLength}`,
    );
  }
  const start = 8 + headerLength;
  const header: unknown = JSON.parse(new TextDecoder().decode(file.subarray(8, start)));
  if (header === null || typeof header !== "object" || Array.isArray(header)) {
    throw new RangeError("the header is not a JSON object");
  }
  const tensors: Record<string, Tensor> = {};
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      metadata = entry as Record<string, string>;
      continue;
    }
    const { dtype, shape, from, to } = checkEntry(name, entry, file.byteLength - start);
    if (dtype !== "F32") throw new RangeError(`${name} is ${dtype}; only F32 is read`);
    const data = new Float32Array((to - from) / 4);
    for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(start + from + i * 4, true);
    tensors[name] = { shape, data };
  }
  return { tensors, metadata };
}

function checkEntry(name: string, entry: unknown, available: number) {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<Entry>;
  const whole = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
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
  const [from, to] = offsets;
  const size = shape.reduce((product, n) => product * n, 1) * 4;
  if (to > available || to < from) {
    throw new RangeError(`${name} ends at byte ${to}; the file holds ${available}`);
  }
  if (dtype === "F32" && to - from !== size) {
    throw new RangeError(
      `${name} has ${to - from} bytes; its shape ${shape.join("×")} needs ${size}`,
    );
  }
  return { dtype, shape, from, to };
}
