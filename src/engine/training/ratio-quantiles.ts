import { ratioLimits } from "../../config/clip-band.ts";
import { clips, lossForm } from "../../config/loss-types.ts";
import type { ClipBand, GRPOConfig } from "../../config/types.ts";
import type { RatioHistograms } from "../../record/record.ts";

/** Shares of the batch below each quantile that a step's metrics have. */
export const QUANTILES = [5, 25, 50, 75, 95] as const;

/**
 * Quantiles of both ratios of one step, from the GPU's bins: `ratio/token_p05` … `ratio/sequence_p95`,
 * as ratios; off by less than `ratio/bin_width`, the width of a bin in natural log. Within a bin
 * counts are taken as evenly spread, within the smallest and largest ratio that the GPU found.
 */
export function ratioQuantiles(
  histograms: RatioHistograms,
  metrics: Readonly<Record<string, number>>,
): Record<string, number> {
  const { range, bins } = histograms;
  const width = (2 * range) / bins;
  const of = (level: "token" | "sequence") => {
    const bounds = [metrics[`ratio/${level}_min`] ?? NaN, metrics[`ratio/${level}_max`] ?? NaN];
    return QUANTILES.map((percent) => {
      const log = quantileOf(histograms[level], percent / 100) * width - range;
      const ratio = Math.min(bounds[1]!, Math.max(bounds[0]!, Math.exp(log)));
      return [`ratio/${level}_p${String(percent).padStart(2, "0")}`, ratio] as const;
    });
  };
  return Object.fromEntries([...of("token"), ...of("sequence"), ["ratio/bin_width", width]]);
}

/** Where a share of the counts has been reached, in bins from the left; NaN where nothing is counted. */
function quantileOf(counts: Uint32Array, share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let left = share * total;
  for (const [bin, count] of counts.entries()) {
    if (count > 0 && left <= count) return bin + left / count;
    left -= count;
  }
  return NaN;
}

/**
 * The clip limits of both levels in a step as ratios: `ratio/token_limit_low` … NaN for a loss
 * without a hard clip. `otherClip` is the band of the level that does not drive.
 */
export function clipLimits(
  config: Readonly<GRPOConfig>,
  otherClip: Readonly<ClipBand> | null,
): Record<string, number> {
  const { rule } = lossForm(config);
  const hard = clips(config);
  const other = otherClip ?? config;
  const [token, sequence] =
    config.importance_sampling_level === "token" ? [config, other] : [other, config];
  const of = (level: string, band: Readonly<ClipBand>) => {
    const { low, high } = ratioLimits(band, rule);
    return {
      [`ratio/${level}_limit_low`]: hard ? low : NaN,
      [`ratio/${level}_limit_high`]: hard ? high : NaN,
    };
  };
  return { ...of("token", token), ...of("sequence", sequence) };
}
