import type { ArmMarker } from "../../store/run/arms.ts";
import { ARM_STYLES } from "./arm-marks.ts";

/** The shape that stands for an arm everywhere, in its colour. */
export function ArmMark({ marker }: { marker: ArmMarker }) {
  const { shape, colour } = ARM_STYLES[marker];
  return (
    <svg className="arm-mark" width="8" height="8" viewBox="-4 -4 8 8" aria-hidden="true">
      <path className="arm-mark-shape" d={`M0 0${shape}`} style={{ color: colour }} />
    </svg>
  );
}
