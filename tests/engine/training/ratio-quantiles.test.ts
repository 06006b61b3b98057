import { expect, test } from "vitest";
import {
  clipLimits,
  QUANTILES,
  ratioQuantiles,
} from "../../../src/engine/training/ratio-quantiles.ts";
import { EXAMPLE_CONFIG, waveBatch } from "../../support/example-record.ts";

const LEVELS = ["token", "sequence"] as const;

/** Log-ratios of a level, sorted: in float64, from the record's own. */
function sorted(record: ReturnType<typeof waveBatch>, level: (typeof LEVELS)[number]): number[] {
  const logs =
    level === "token"
      ? [...record.logRatio].filter((_, i) => record.mask[i] === 1)
      : [...record.sequenceRatio].map(Math.log);
  return logs.toSorted((a, b) => a - b);
}

test.each(LEVELS)("quantiles of %s ratios are those of the batch, within one bin", (level) => {
  const record = waveBatch();
  const logs = sorted(record, level);
  const bounds = {
    [`ratio/${level}_min`]: Math.exp(logs[0]!),
    [`ratio/${level}_max`]: Math.exp(logs.at(-1)!),
  };
  const found = ratioQuantiles(record.histograms, bounds);
  const width = found["ratio/bin_width"]!;
  expect(width).toBeCloseTo((2 * record.histograms.range) / record.histograms.bins, 12);
  for (const percent of QUANTILES) {
    const exact = logs[Math.round((percent / 100) * (logs.length - 1))]!;
    const got = Math.log(found[`ratio/${level}_p${String(percent).padStart(2, "0")}`]!);
    expect(Math.abs(got - exact)).toBeLessThan(width);
  }
});

test("where every ratio is 1, so is every quantile", () => {
  const record = waveBatch({ scale: 0, spread: 0 });
  const ones = Object.fromEntries(
    LEVELS.flatMap((level) => [
      [`ratio/${level}_min`, 1],
      [`ratio/${level}_max`, 1],
    ]),
  );
  const { "ratio/bin_width": _, ...quantiles } = ratioQuantiles(record.histograms, ones);
  expect(new Set(Object.values(quantiles))).toEqual(new Set([1]));
});

test("a loss without a hard clip has no limits", () => {
  const limits = clipLimits({ ...EXAMPLE_CONFIG, epsilon_high: 0.28 }, null);
  expect(limits).toEqual({
    "ratio/token_limit_low": 0.8,
    "ratio/token_limit_high": 1.28,
    "ratio/sequence_limit_low": 0.8,
    "ratio/sequence_limit_high": 1.28,
  });
  const soft = clipLimits({ ...EXAMPLE_CONFIG, loss_type: "sapo" }, null);
  expect(soft["ratio/token_limit_low"]).toBeNaN();
});

test("each level has the limits of its own band", () => {
  const other = { epsilon: 0.03, epsilon_high: 0.04, delta: null };
  const limits = clipLimits({ ...EXAMPLE_CONFIG, importance_sampling_level: "token" }, other);
  expect(limits["ratio/token_limit_high"]).toBeCloseTo(1.2, 12);
  expect(limits["ratio/sequence_limit_low"]).toBeCloseTo(0.97, 12);
  expect(limits["ratio/sequence_limit_high"]).toBeCloseTo(1.04, 12);
  const swapped = clipLimits(
    { ...EXAMPLE_CONFIG, importance_sampling_level: "sequence_token" },
    other,
  );
  expect(swapped["ratio/token_limit_high"]).toBeCloseTo(1.04, 12);
  expect(swapped["ratio/sequence_limit_high"]).toBeCloseTo(1.2, 12);
});
