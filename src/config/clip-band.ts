import type { LossForm } from "./loss-types.ts";
import type { ClipBand, GRPOConfig } from "./types.ts";

/** The fields of a band; those that it leaves out are off. */
const names = ["epsilon", "epsilon_high", "delta", "dual_clip", "cispo_floor"] as const;

/** Where a configuration clips, without what it leaves out. */
export const clipBandOf = (config: Readonly<ClipBand>): ClipBand =>
  Object.fromEntries(
    names.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])),
  ) as unknown as ClipBand;

/** The configuration with another band in the place of its own. */
export const withClipBand = (
  config: Readonly<GRPOConfig>,
  band: Readonly<ClipBand>,
): GRPOConfig => ({
  ...(Object.fromEntries(
    Object.entries(config).filter(([name]) => !names.some((each) => each === name)),
  ) as unknown as GRPOConfig),
  ...clipBandOf(band),
});

/** How far above 1 the upper clip is, or cispo's cap. */
export const upperEpsilon = ({
  epsilon,
  epsilon_high,
}: Readonly<Pick<ClipBand, "epsilon" | "epsilon_high">>): number => epsilon_high ?? epsilon;

/** The ratios at which a band clips; ε is a distance of log-ratios where those are clipped. */
export function ratioLimits(
  band: Readonly<Pick<ClipBand, "epsilon" | "epsilon_high">>,
  rule: LossForm["rule"],
): { low: number; high: number } {
  const high = upperEpsilon(band);
  return rule === "geometric"
    ? { low: Math.exp(-band.epsilon), high: Math.exp(high) }
    : { low: 1 - band.epsilon, high: 1 + high };
}

/** Whether two bands are one; an upper ε that is not set is the lower one. */
export const sameBand = (a: Readonly<ClipBand>, b: Readonly<ClipBand>): boolean =>
  a.epsilon === b.epsilon &&
  upperEpsilon(a) === upperEpsilon(b) &&
  a.delta === b.delta &&
  (a.dual_clip ?? null) === (b.dual_clip ?? null) &&
  (a.cispo_floor ?? 0) === (b.cispo_floor ?? 0);
