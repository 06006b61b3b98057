import type { ArmMarker } from "../../store/run/arms.ts";
import type { ValueAxis } from "../../store/charts/axis.ts";
import { ARM_STYLES } from "../controls/arm-marks.ts";
import { tick } from "../../analysis/format.ts";

/** How an arm's line is drawn. */
export const lineStyle = (
  marker: ArmMarker = "square",
): { stroke: string; strokeDasharray: string | undefined } => {
  const { colour, dashes } = ARM_STYLES[marker];
  return { stroke: colour, strokeDasharray: dashes };
};
export const LINE_WIDTH = 1.6;
export const FAINT_WIDTH = 1;

export const TICK_TEXT = { fontSize: "var(--type-1)", fill: "var(--text-3)" };
/** Pixels between an axis and its ticks' texts; under the x axis lie ticks, not drawn, besides. */
export const TICK_GAP = 3;
export const X_TICK = 6;

/** Writes a tick of the value axis: all with equal decimals, where they fit beside it. */
export function tickWriter(axis: ValueAxis): (value: number) => string {
  const digits = decimalsFor((axis.top - axis.bottom) / 2);
  const plain = !axis.log && digits <= 3 && Math.max(axis.top, -axis.bottom) < 1e4;
  return (value) => (plain ? value.toFixed(digits) : tick(value));
}

/** Decimals that tell ticks apart. */
const decimalsFor = (gap: number): number =>
  Number.isInteger(gap) ? 0 : Math.max(1, 2 - Math.ceil(Math.log10(gap)));
