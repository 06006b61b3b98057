import { type PictureList, referredText } from "../picture-list.ts";

/**
 * Plain data with typed arrays as JSON text and one block of bytes. Arrays of numbers that are
 * typed lie in the block, little-endian, and the text has `{"$f32": [offset, length]}` in their
 * place; numbers that JSON has no word for are `{"$number": "NaN"}`, and texts that begin with a picture
 * `{"$picture": [number, rest]}`, its number in a list that several parts of a file share. Keys keep their order, so the
 * same data gives the same text and bytes.
 */
export interface Packed {
  text: string;
  block: Uint8Array<ArrayBuffer>;
}

const TYPES = {
  $f32: Float32Array,
  $u32: Uint32Array,
  $u8: Uint8Array,
} as const;
type TypedName = keyof typeof TYPES | "$bytes";

const ODD_NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  "-0": -0,
};

/** Deeper than anything a run holds. */
const MAX_DEPTH = 16;
const ALIGNMENT = 8;

export function pack(value: unknown, pictures: PictureList): Packed {
  const parts: Uint8Array[] = [];
  let length = 0;
  const place = (name: TypedName, count: number, bytes: Uint8Array) => {
    const reference = { [name]: [length, count] };
    const padded = Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
    parts.push(bytes, new Uint8Array(padded - bytes.length));
    length += padded;
    return reference;
  };
  const plain = (each: unknown): unknown => {
    if (typeof each === "number") {
      if (Object.is(each, -0)) return { $number: "-0" };
      return Number.isFinite(each) ? each : { $number: String(each) };
    }
    if (typeof each === "string") return pictures.refer(each);
    if (each instanceof ArrayBuffer) return place("$bytes", each.byteLength, new Uint8Array(each));
    if (ArrayBuffer.isView(each)) return place(typedName(each), countOf(each), bytesOf(each));
    if (Array.isArray(each)) return each.map(plain);
    if (each === null || typeof each !== "object") return each;
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, plain(inner)]));
  };
  const text = JSON.stringify(plain(value));
  const block = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    block.set(part, at);
    at += part.length;
  }
  return { text, block };
}

/**
 * The inverse of `pack`. Nothing of what it returns has been checked against a schema.
 *
 * @throws TypeError naming the place of what is no packed data.
 */
export function unpack({ text, block }: Packed, pictures: readonly string[]): unknown {
  const from = (value: unknown, place: string, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw new TypeError(`${place} is nested more than ${MAX_DEPTH} deep`);
    if (Array.isArray(value))
      return value.map((each, i) => from(each, `${place}[${i}]`, depth + 1));
    if (value === null || typeof value !== "object") return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (first?.[0].startsWith("$")) {
      if (entries.length !== 1) throw new TypeError(`${place} is no reference`);
      if (first[0] === "$number") return oddNumber(first[1], place);
      if (first[0] !== "$picture") return typed(first[0], first[1], block, place);
      const told = referredText(first[1], pictures);
      if (told === null) throw new TypeError(`${place} refers to a picture that is not there`);
      return told;
    }
    return Object.fromEntries(
      entries.map(([key, inner]) => {
        if (key === "__proto__") throw new TypeError(`${place} has a key __proto__`);
        return [key, from(inner, place === "" ? key : `${place}.${key}`, depth + 1)];
      }),
    );
  };
  return from(JSON.parse(text), "", 0);
}

function oddNumber(value: unknown, place: string): number {
  const number = typeof value === "string" ? ODD_NUMBERS[value] : undefined;
  if (number === undefined) throw new TypeError(`${place} is no number`);
  return number;
}

function typed(name: string, reference: unknown, block: Uint8Array, place: string): unknown {
  const [offset, count, more]: readonly unknown[] = Array.isArray(reference) ? reference : [];
  const kind = Object.entries(TYPES).find(([each]) => each === name)?.[1];
  const width = kind?.BYTES_PER_ELEMENT ?? 1;
  if (
    (kind === undefined && name !== "$bytes") ||
    !whole(offset) ||
    !whole(count) ||
    more !== undefined ||
    offset + count * width > block.length
  ) {
    throw new TypeError(`${place} refers to bytes that are not there`);
  }
  const bytes = block.slice(offset, offset + count * width);
  return kind === undefined ? bytes.buffer : new kind(bytes.buffer);
}

const whole = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

function typedName(view: ArrayBufferView): TypedName {
  const found = (["$f32", "$u32", "$u8"] as const).find((name) => view instanceof TYPES[name]);
  if (found === undefined) throw new TypeError(`${view.constructor.name} has no packed form`);
  return found;
}

const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

const countOf = (view: ArrayBufferView): number =>
  "length" in view && typeof view.length === "number" ? view.length : view.byteLength;
