import type { XAxis } from "../../store/charts/chart-view.ts";
import { clock, tick } from "../../analysis/format.ts";

/** A value beside the x axis; the first says what the axis counts. */
export function xTickText(x: number, unit: XAxis): string {
  if (unit === "time") return clock(x);
  return x === 0 ? (unit === "step" ? "step 0" : "0 tokens") : tick(x);
}

/** A place on the x axis in words. */
export function xText(x: number, unit: XAxis): string {
  switch (unit) {
    case "step":
      return `step ${Math.round(x)}`;
    case "tokens":
      return `${tick(Math.round(x))} tokens`;
    case "time":
      return `${clock(x)} of training`;
    default:
      return unit satisfies never;
  }
}
