import type { TensorEntry } from "../../engine/policy/safetensors.ts";

/** The bits of an exponent that is all ones: NaN, or infinity where the fraction is 0. */
const EXPONENT: Readonly<Record<string, { bytes: 2 | 4; exponent: number; fraction: number }>> = {
  F32: { bytes: 4, exponent: 0x7f800000, fraction: 0x007fffff },
  F16: { bytes: 2, exponent: 0x7c00, fraction: 0x03ff },
  BF16: { bytes: 2, exponent: 0x7f80, fraction: 0x007f },
};

/**
 * What is not finite in a tensor, e.g. "NaN in 3 of its 1024 numbers"; null where all are. Its bits
 * are looked at, so that nothing is decoded.
 */
export function notFinite(file: Uint8Array, { dtype, from, to }: TensorEntry): string | null {
  const kind = EXPONENT[dtype];
  if (kind === undefined) return null;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let [nan, infinite] = [0, 0];
  for (let at = from; at < to; at += kind.bytes) {
    const bits = kind.bytes === 4 ? view.getUint32(at, true) : view.getUint16(at, true);
    if ((bits & kind.exponent) !== kind.exponent) continue;
    if ((bits & kind.fraction) === 0) infinite++;
    else nan++;
  }
  if (nan + infinite === 0) return null;
  const found = nan === 0 ? "infinity" : infinite === 0 ? "NaN" : "NaN or infinity";
  return `${found} in ${nan + infinite} of its ${(to - from) / kind.bytes} numbers`;
}
