import { UserError } from "../../base/user-error.ts";
import { crc32c } from "../formats/crc.ts";
import { createMetricsLog, type MetricsLog } from "./metrics-log.ts";

// TFRecord framing around Event messages of TensorFlow's event.proto, as tensorboard.ts writes it.

/** Bytes of a record's length and checksums around its message. */
const FRAME = { before: 12, after: 4 };
/** Longer messages hold pictures or graphs. */
const MOST_MESSAGE = 2 ** 24;

export const isEventFile = (path: string): boolean => /tfevents/.test(path);

/**
 * The scalars of an event file.
 *
 * @throws UserError where it is none, or a checksum is wrong.
 */
export function readEvents(file: Uint8Array): MetricsLog {
  const log = createMetricsLog("an event file of TensorBoard");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  while (at < file.length) {
    if (at + FRAME.before > file.length) break;
    const length = Number(view.getBigUint64(at, true));
    if (masked(file.subarray(at, at + 8)) !== view.getUint32(at + 8, true)) throw damaged(at);
    const end = at + FRAME.before + length + FRAME.after;
    if (end > file.length) break;
    const message = file.subarray(at + FRAME.before, end - FRAME.after);
    if (masked(message) !== view.getUint32(end - FRAME.after, true)) throw damaged(at);
    if (length <= MOST_MESSAGE) takeEvent(message, log.add);
    at = end;
  }
  if (at < file.length) log.note("The event file ends in the middle of a record.");
  const read = log.finish();
  if (read.lines.length > 0) return read;
  throw new UserError("The event file of TensorBoard has no scalar.", "Choose the run's own one.");
}

const damaged = (at: number) =>
  new UserError(
    `The event file has a wrong checksum at byte ${at}.`,
    "Copy it again from where it was written.",
  );

/** TFRecord rotates a checksum and adds a constant. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

interface Field {
  number: number;
  /** Of a varint. */
  value: number;
  /** Of everything else. */
  bytes: Uint8Array;
}

const NOTHING = new Uint8Array();

/** Fields of a message; of one that is cut off, those that are whole. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < message.length; factor *= 128) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < message.length) {
    const key = varint();
    const type = key % 8;
    const number = Math.floor(key / 8);
    if (type === 0) {
      yield { number, value: varint(), bytes: NOTHING };
      continue;
    }
    const length = type === 1 ? 8 : type === 5 ? 4 : type === 2 ? varint() : message.length;
    if (at + length > message.length) return;
    yield { number, value: 0, bytes: message.subarray(at, at + length) };
    at += length;
  }
}

/** Event { int64 step = 2; Summary summary = 5 }, Summary { repeated Value value = 1 }. */
function takeEvent(message: Uint8Array, add: (row: Record<string, unknown>) => void): void {
  const row: Record<string, unknown> = {};
  for (const { number, value, bytes } of fieldsOf(message)) {
    if (number === 2) row.step = value;
    if (number !== 5) continue;
    for (const inner of fieldsOf(bytes)) {
      if (inner.number === 1) Object.assign(row, scalarOf(inner.bytes));
    }
  }
  add(row);
}

/** Value { string tag = 1; float simple_value = 2; TensorProto tensor = 8 }. */
function scalarOf(message: Uint8Array): Record<string, number> {
  let tag = "";
  let value: number | null = null;
  for (const { number, bytes } of fieldsOf(message)) {
    if (number === 1) tag = new TextDecoder().decode(bytes);
    if (number === 2) value = floatOf(bytes);
    if (number === 8) value = scalarTensor(bytes);
  }
  return tag === "" || value === null ? {} : { [tag]: value };
}

/** TensorProto { bytes tensor_content = 4; repeated float float_val = 5 }, of one float. */
function scalarTensor(message: Uint8Array): number | null {
  for (const { number, bytes } of fieldsOf(message)) {
    if ((number === 4 || number === 5) && bytes.length === 4) return floatOf(bytes);
  }
  return null;
}

const floatOf = (bytes: Uint8Array): number | null =>
  bytes.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true) : null;
