// Written from the specifications of TFRecord, Protocol Buffers and TensorFlow's event.proto alone.

export interface ScalarEvent {
  wallTime: number;
  step: bigint;
  fileVersion: string | null;
  scalars: Record<string, number>;
}

/** Every event of an event file; throws where a checksum is wrong or bytes are left over. */
export function readEvents(file: Uint8Array): ScalarEvent[] {
  const bytes = Buffer.from(file);
  const events: ScalarEvent[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = Number(bytes.readBigUInt64LE(at));
    check(bytes.subarray(at, at + 8), bytes.readUInt32LE(at + 8));
    const message = bytes.subarray(at + 12, at + 12 + length);
    check(message, bytes.readUInt32LE(at + 12 + length));
    events.push(readEvent(message));
    at += 16 + length;
  }
  return events;
}

function check(data: Buffer, masked: number): void {
  // Bit by bit, as the polynomial division is defined.
  let crc = 0xffffffff;
  for (const byte of data) {
    for (let bit = 0; bit < 8; bit++) {
      const low = (crc ^ (byte >> bit)) & 1;
      crc = (crc >>> 1) ^ (low ? 0x82f63b78 : 0);
    }
  }
  crc = (crc ^ 0xffffffff) >>> 0;
  const rotated = BigInt(masked) - 0xa282ead8n;
  const unmasked = Number(BigInt.asUintN(32, rotated));
  const original = ((unmasked << 15) | (unmasked >>> 17)) >>> 0;
  if (original !== crc) throw new Error("a record has a wrong checksum");
}

interface Field {
  number: number;
  value: bigint | Buffer;
}

function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = Number(varint());
    const type = key & 7;
    if (type === 0) {
      yield { number: key >> 3, value: varint() };
      continue;
    }
    const length = type === 1 ? 8 : type === 5 ? 4 : Number(varint());
    if (type !== 1 && type !== 2 && type !== 5) throw new Error(`wire type ${type}`);
    yield { number: key >> 3, value: message.subarray(at, at + length) };
    at += length;
  }
}

const raw = ({ value }: Field): Buffer => {
  if (typeof value === "bigint") throw new Error("a number where bytes are expected");
  return value;
};

function readEvent(message: Buffer): ScalarEvent {
  const event: ScalarEvent = { wallTime: NaN, step: 0n, fileVersion: null, scalars: {} };
  for (const field of fieldsOf(message)) {
    if (field.number === 1) event.wallTime = raw(field).readDoubleLE();
    if (field.number === 2 && typeof field.value === "bigint") event.step = field.value;
    if (field.number === 3) event.fileVersion = raw(field).toString();
    if (field.number !== 5) continue;
    for (const value of fieldsOf(raw(field))) {
      const parts = [...fieldsOf(raw(value))];
      const tag = parts.find(({ number }) => number === 1);
      const simple = parts.find(({ number }) => number === 2);
      if (tag && simple) event.scalars[raw(tag).toString()] = raw(simple).readFloatLE();
    }
  }
  return event;
}
