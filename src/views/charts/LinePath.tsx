import type { CurveProps } from "recharts";
import { pathOf } from "./line-path.ts";

/**
 * A chart's line as one path. recharts' own line measures its length at every drawing, for an
 * animation that these charts do not have.
 */
export function LinePath({
  points,
  stroke,
  strokeWidth,
  strokeDasharray,
  strokeOpacity,
}: CurveProps) {
  const style = { stroke, strokeWidth, strokeDasharray, strokeOpacity };
  return (
    <path
      d={pathOf(points ?? [])}
      fill="none"
      strokeLinejoin="round"
      strokeLinecap="round"
      {...style}
    />
  );
}
