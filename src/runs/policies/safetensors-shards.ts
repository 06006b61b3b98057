import { safetensorsEntries, type TensorEntry } from "../../engine/policy/safetensors.ts";
import { refused } from "./policy-refused.ts";
import { z } from "../formats/zod.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string()) });

const ALL = "Choose the whole folder: the index and every file that it names.";

/**
 * The tensors of several safetensors files as one file, as they are. `index` is the name of
 * transformers' list of what is in which.
 *
 * @throws UserError that names the part or the tensor that is missing.
 */
export function joinShards(files: ReadonlyMap<string, Bytes>, index: string): Bytes {
  const map = weightMap(files.get(index), index);
  const parts = [...new Set(map.values())].toSorted();
  const found: { entry: TensorEntry; bytes: Bytes }[] = [];
  const where = new Map<string, string>();
  for (const part of parts) {
    const bytes = files.get(part);
    if (bytes === undefined) throw refused(`${part}, which ${index} names, is not there`, ALL);
    for (const entry of entriesOf(bytes, part)) {
      const other = where.get(entry.name);
      if (other !== undefined) throw refused(`${entry.name} is in ${other} and in ${part}`);
      where.set(entry.name, part);
      found.push({ entry, bytes: bytes.subarray(entry.from, entry.to) });
    }
  }
  for (const [name, part] of map) {
    if (where.get(name) !== part) throw refused(`${index} has ${name} in ${part}, where it is not`);
  }
  return joined(found);
}

/**
 * The same file with its tensors called as `nameOf` says; the numbers are not decoded.
 *
 * @throws UserError for two that would be called alike.
 */
export function renamed(file: Bytes, fileName: string, nameOf: (name: string) => string): Bytes {
  const saved = new Map<string, string>();
  const tensors = entriesOf(file, fileName).map((entry) => {
    const name = nameOf(entry.name);
    const other = saved.get(name);
    if (other !== undefined)
      throw refused(`${fileName} has ${name} twice: ${other}, ${entry.name}`);
    saved.set(name, entry.name);
    return { entry: { ...entry, name }, bytes: file.subarray(entry.from, entry.to) };
  });
  return joined(tensors);
}

function weightMap(file: Bytes | undefined, index: string): Map<string, string> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(file));
  } catch {
    throw refused(`${index} is not JSON`);
  }
  const checked = indexSchema.safeParse(json);
  if (!checked.success) throw refused(`${index} has no weight_map from tensors to files`);
  return new Map(Object.entries(checked.data.weight_map));
}

/** What a safetensors file holds, or a UserError that names the file and its fault. */
export function entriesOf(bytes: Bytes, name: string): TensorEntry[] {
  try {
    return safetensorsEntries(bytes).entries;
  } catch (error) {
    if (error instanceof RangeError) throw refused(`${name}: ${error.message}`);
    throw error;
  }
}

function joined(tensors: readonly { entry: TensorEntry; bytes: Bytes }[]): Bytes {
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let length = 0;
  for (const { entry, bytes } of tensors) {
    const { name, dtype, shape } = entry;
    header[name] = { dtype, shape, data_offsets: [length, length + bytes.length] };
    length += bytes.length;
  }
  const encoded = new TextEncoder().encode(JSON.stringify(header));
  // Spaces bring the data to a multiple of 8, as the format's own writer does.
  const headerLength = Math.ceil(encoded.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength);
  file.set(encoded, 8);
  let at = 8 + headerLength;
  for (const { bytes } of tensors) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}
