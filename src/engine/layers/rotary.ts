import type { RotaryScaling } from "../../config/architecture.ts";

/** What decides how far a pair of a head turns from one position to the next. */
export interface Rotary {
  headDim: number;
  theta: number;
  scaling?: RotaryScaling | null;
}

/**
 * Cosines and sines of p · frequency j for columns p and pairs j, made in float64: WGSL promises
 * little about the sine of a large angle. Each row: cosines, then sines, both padded to a vec4.
 */
export function rotaryAngles(columns: number, rotary: Rotary): Float32Array<ArrayBuffer> {
  const half = rotary.headDim / 2;
  const stride = 4 * Math.ceil(half / 4);
  const { frequencies, size } = turns(rotary);
  const angles = new Float32Array(columns * 2 * stride);
  for (let p = 0; p < columns; p++) {
    for (let j = 0; j < half; j++) {
      const angle = p * frequencies[j]!;
      angles[p * 2 * stride + j] = Math.cos(angle) * size;
      angles[p * 2 * stride + stride + j] = Math.sin(angle) * size;
    }
  }
  return angles;
}

/** Radians per position of each pair, and what cosines and sines are multiplied by. */
function turns({ headDim, theta, scaling }: Rotary): { frequencies: number[]; size: number } {
  const half = headDim / 2;
  const plain = Array.from({ length: half }, (_, j) => theta ** (-j / half));
  if (!scaling) return { frequencies: plain, size: 1 };
  const { factor, originalPositions: positions } = scaling;
  if (scaling.type === "llama3") {
    const { lowFrequencyFactor: low, highFrequencyFactor: high } = scaling;
    const kept = (frequency: number) => (positions * frequency) / (2 * Math.PI);
    const share = (frequency: number) => clamp((kept(frequency) - low) / (high - low));
    return { frequencies: plain.map((f) => mix(f / factor, f, share(f))), size: 1 };
  }
  // The pair that turns so often in all of the positions.
  const pairOf = (times: number) =>
    (headDim * Math.log(positions / (times * 2 * Math.PI))) / (2 * Math.log(theta));
  const whole = (round: (pair: number) => number) => (scaling.truncate ? round : (n: number) => n);
  const first = Math.max(0, whole(Math.floor)(pairOf(scaling.betaFast)));
  const last = Math.min(headDim - 1, whole(Math.ceil)(pairOf(scaling.betaSlow)));
  const span = last === first ? 0.001 : last - first;
  return {
    frequencies: plain.map((f, j) => mix(f, f / factor, clamp((j - first) / span))),
    size: factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1,
  };
}

const clamp = (share: number): number => Math.min(1, Math.max(0, share));
const mix = (from: number, to: number, share: number): number => from * (1 - share) + to * share;
