import { clipBandOf } from "../../config/clip-band.ts";
import type { GRPOConfig } from "../../config/types.ts";
import { lossForm } from "../../config/loss-types.ts";
import type { OtherClip } from "../../record/record.ts";

/** An arm as far as its clip goes. */
interface ClippingArm {
  name: string;
  config: Readonly<GRPOConfig>;
}

const drivesToken = ({ config }: ClippingArm): boolean =>
  config.importance_sampling_level === "token";

/**
 * What the level that does not drive `arm` is judged by: the band of the first arm that the level
 * does drive, sequence and sequence_token being one level here. Null, the arm's own band, where no
 * arm is driven by it or where that arm's loss treats ratios in another way: cispo's ε_high is a cap,
 * which says nothing of a clip.
 */
export function otherClip(arm: ClippingArm, arms: readonly ClippingArm[]): OtherClip | null {
  const driven = arms.find(
    (each) =>
      each.name !== arm.name &&
      drivesToken(each) !== drivesToken(arm) &&
      lossForm(each.config).rule === lossForm(arm.config).rule,
  );
  if (!driven) return null;
  return { arm: driven.name, ...clipBandOf(driven.config) };
}
