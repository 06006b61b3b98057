import type { ArmMarker } from "../../store/run/arms.ts";

/** The square, diamond or triangle that stands for an arm everywhere. */
export function ArmMark({ marker }: { marker: ArmMarker }) {
  return <i className={`arm-mark ${marker}`} aria-hidden="true" />;
}
