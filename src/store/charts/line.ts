// A chart's line as plain points, and what is done to it before it is drawn.

/** Most points a chart draws of one line. */
export const LINE_LIMIT = 500;

export interface LinePoint {
  x: number;
  /** Undefined where the metric is: the line has a gap. */
  y: number | undefined;
  step: number;
}

export type Line = readonly LinePoint[];

/**
 * At most `limit` points of a line that still reach its every peak and trough: of each run of
 * neighbours the lowest and the highest, in their order, a gap if there is one, and both ends.
 * The runs are counted from the start and their length is a power of two, so that a line does not
 * change shape while it grows.
 */
export function thinned(line: Line, limit = LINE_LIMIT): Line {
  if (line.length <= limit) return line;
  const most = line.some(({ y }) => y === undefined) ? 3 : 2;
  let stride = 2;
  while (most * Math.ceil(line.length / stride) + 2 > limit) stride *= 2;
  const thin: LinePoint[] = [];
  let taken = -1;
  const take = (at: number): void => {
    if (at <= taken) return;
    taken = at;
    thin.push(line[at]!);
  };
  take(0);
  for (let from = 0; from < line.length; from += stride) {
    let [low, high, gap] = [-1, -1, -1];
    for (let at = from; at < from + stride && at < line.length; at++) {
      const y = line[at]!.y;
      if (y === undefined) {
        if (gap < 0) gap = at;
        continue;
      }
      if (low < 0 || y < line[low]!.y!) low = at;
      if (high < 0 || y > line[high]!.y!) high = at;
    }
    for (const at of [low, high, gap].toSorted((one, other) => one - other)) take(at);
  }
  take(line.length - 1);
  return thin;
}

/**
 * The line's exponential moving average: a value counts half as much after `halfLife` optimizer
 * steps. Steps that are missing count as time that has passed, and the first points are averages
 * of what there is, not drawn towards 0. A gap stays a gap.
 */
export function smoothed(line: Line, halfLife: number): Line {
  let sum = 0;
  let weight = 0;
  let before: number | null = null;
  return line.map(({ x, y, step }) => {
    if (y === undefined) return { x, y, step };
    const decay = before === null ? 0 : 0.5 ** ((step - before) / halfLife);
    before = step;
    sum = decay * sum + y;
    weight = decay * weight + 1;
    return { x, y: sum / weight, step };
  });
}

/** The line's value at `x`: of the last point that is not beyond it. */
export function valueAt(line: Line, x: number): number | undefined {
  return pointAt(line, x)?.y;
}

/** The last point at or before `x`; undefined before the first. */
export function pointAt(line: Line, x: number): LinePoint | undefined {
  let [low, high] = [0, line.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (line[middle]!.x <= x) low = middle + 1;
    else high = middle;
  }
  return line[low - 1];
}
