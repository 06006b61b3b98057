/** A place in pixels; without a `y` there is no value. */
export interface PathPoint {
  x: number | null;
  y: number | null;
}

/** Straight pieces between points; a point without a value leaves a gap, one alone is a dot. */
export function pathOf(points: readonly PathPoint[]): string {
  let path = "";
  let drawing = false;
  for (const { x, y } of points) {
    const here = x != null && y != null;
    if (here) path += `${drawing ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}${drawing ? "" : "h0"}`;
    drawing = here;
  }
  return path;
}
