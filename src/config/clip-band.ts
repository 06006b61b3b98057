import type { ClipBand, GRPOConfig } from "./types.ts";

/** The fields of a band; those that it leaves out are off. */
const names = ["epsilon", "epsilon_high", "delta", "dual_clip"] as const;

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

/** Whether two bands are one; an upper ε that is not set is the lower one. */
export const sameBand = (a: Readonly<ClipBand>, b: Readonly<ClipBand>): boolean =>
  a.epsilon === b.epsilon &&
  (a.epsilon_high ?? a.epsilon) === (b.epsilon_high ?? b.epsilon) &&
  a.delta === b.delta &&
  (a.dual_clip ?? null) === (b.dual_clip ?? null);
