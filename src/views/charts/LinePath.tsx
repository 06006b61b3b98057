import type { CurveProps } from "recharts";

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

/** Straight pieces between points; a point without a value leaves a gap, one alone is a dot. */
export function pathOf(points: NonNullable<CurveProps["points"]>): string {
  let path = "";
  let drawing = false;
  for (const { x, y } of points) {
    const here = x != null && y != null;
    if (here) path += `${drawing ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}${drawing ? "" : "h0"}`;
    drawing = here;
  }
  return path;
}
