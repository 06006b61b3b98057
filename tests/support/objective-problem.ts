import { OBJECTIVE_DEFAULTS, type ObjectiveConfig } from "../../src/engine/objective/settings.ts";
import type { Problem } from "./reference-objective.ts";
import { wave } from "./numeric.ts";

const rows = (flat: readonly number[], K: number): number[][] =>
  Array.from({ length: flat.length / K }, (_, b) => flat.slice(b * K, (b + 1) * K));

/**
 * Ragged rows (one of them empty, one with a hole) of log-ratios up to ±`spread`; garbage where
 * masked. The numbers are those that f32 keeps, so that the reference sees the same inputs.
 */
export function makeProblem(
  B: number,
  K: number,
  config: Partial<ObjectiveConfig> = {},
  spread = 0.4,
): Problem {
  const lengths = Array.from({ length: B }, (_, b) => (b === 1 ? 0 : 1 + ((b * 7 + K - 1) % K)));
  lengths[0] = K;
  const mask = lengths.map((length, b) =>
    Array.from({ length: K }, (_, t) => (t < length && !(b === 2 && t === 1) ? 1 : 0)),
  );
  const matrix = (values: readonly number[]) =>
    rows(values, K).map((row, b) => row.map((x, t) => (mask[b]![t] ? Math.fround(x) : NaN)));
  const logp = wave(B * K, 0.7).map((x) => -1.5 + x);
  const old = logp.map((x, i) => x - spread * Math.sin(2 + i * 1.3));
  return {
    config: { ...OBJECTIVE_DEFAULTS, ...config },
    batch: {
      logp: matrix(logp),
      logpOld: matrix(old),
      logpRef: matrix(logp.map((x, i) => x + 0.6 * Math.sin(3 + i * 0.9))),
      entropy: matrix(wave(B * K, 1.7).map((x) => 1.2 + x)),
      mask,
      advantage: wave(B, 2.3).map((x, b) => (b === 3 ? 0 : Math.fround(x))),
    },
    scope: {
      gradientAccumulationSteps: 2,
      stepsPerGeneration: 3,
      numItemsInBatch: 2 * B * K,
      maxCompletionLength: K + 3,
      histogramRange: 0.5,
    },
  };
}
