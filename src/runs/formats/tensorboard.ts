import { crc32c } from "./crc.ts";
import { trackerName, type LogLine } from "../logs/trl-log.ts";

// TFRecord framing around Event messages of TensorFlow's event.proto, as far as scalars need them.

/** Name of an event file: TensorBoard finds files by "tfevents". */
export const eventFileName = (startedAt: number): string =>
  `events.out.tfevents.${Math.floor(startedAt / 1000)}.ratioscope`;

/**
 * The bytes of an event file: one scalar per metric and log line, tagged `train/…` as
 * transformers does. `startedAt` is in milliseconds since 1970; a line's wall time follows from the
 * steps' own clock, so the same log gives the same bytes.
 */
export function tensorboardEvents(
  lines: readonly LogLine[],
  startedAt: number,
): Uint8Array<ArrayBuffer> {
  const began = startedAt / 1000;
  const events = [
    [...double(1, began), ...text(3, "brain.Event:2")],
    ...lines.map(({ step, seconds, values }) => [
      ...double(1, began + seconds),
      ...varint(2, step),
      ...bytes(5, summary(values)),
    ]),
  ];
  return concatenate(events.map(record));
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Summary { repeated Value value = 1 }, Value { string tag = 1; float simple_value = 2 }. */
const summary = (values: LogLine["values"]): number[] =>
  Object.entries(values).flatMap(([name, value]) =>
    value === null ? [] : bytes(1, [...text(1, trackerName(name)), ...float(2, value)]),
  );

/** Length, its checksum, the message, its checksum. */
function record(message: readonly number[]): Uint8Array {
  const length = littleEndian(8, (view) => view.setBigUint64(0, BigInt(message.length), true));
  return Uint8Array.of(...length, ...masked(length), ...message, ...masked(message));
}

/** TFRecord rotates a checksum and adds a constant, so that checksums of checksums stay good. */
function masked(message: readonly number[]): number[] {
  const crc = crc32c(Uint8Array.from(message));
  const value = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  return littleEndian(4, (view) => view.setUint32(0, value, true));
}

function littleEndian(length: number, set: (view: DataView) => void): number[] {
  const made = new Uint8Array(length);
  set(new DataView(made.buffer));
  return [...made];
}

// Protocol buffers' wire types.
const VARINT = 0;
const I64 = 1;
const LENGTH = 2;
const I32 = 5;

function rawVarint(value: number): number[] {
  const made: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) made.push((rest % 128) | 0x80);
  return [...made, rest];
}

const tag = (field: number, type: number): number[] => rawVarint(field * 8 + type);
const varint = (field: number, value: number) => [...tag(field, VARINT), ...rawVarint(value)];
const bytes = (field: number, value: readonly number[]) => [
  ...tag(field, LENGTH),
  ...rawVarint(value.length),
  ...value,
];
const text = (field: number, value: string) => bytes(field, [...new TextEncoder().encode(value)]);
const double = (field: number, value: number) => [
  ...tag(field, I64),
  ...littleEndian(8, (view) => view.setFloat64(0, value, true)),
];
const float = (field: number, value: number) => [
  ...tag(field, I32),
  ...littleEndian(4, (view) => view.setFloat32(0, value, true)),
];
