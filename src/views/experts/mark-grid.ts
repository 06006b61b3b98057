/** How the k marks of a cell stand in it, in CSS pixels. */
export interface MarkGrid {
  size: number;
  columns: number;
  /** Of the first mark, from the cell's left upper corner. */
  x: number;
  y: number;
  step: number;
  numbered: boolean;
}

/** Below this a number of 11 px does not fit into a mark. */
const NUMBERED_FROM = 12;
const LARGEST = 15;
/** Between marks: with room for the outline of one; and where numbers would not fit so. */
const APART = [2.5, 1];

/**
 * The largest marks that fit, rather side by side than below each other. `width`, `height`: the cell's
 * inside; `factor`: what type is multiplied by.
 */
export function markGrid(count: number, width: number, height: number, factor: number): MarkGrid {
  const grids = APART.map((apart) => gridOf(count, width, height, factor, apart));
  return grids.find(({ numbered }) => numbered) ?? grids[0]!;
}

function gridOf(
  count: number,
  width: number,
  height: number,
  factor: number,
  apart: number,
): MarkGrid {
  const choices = Array.from({ length: count }, (_, i) => {
    const columns = i + 1;
    const lines = Math.ceil(count / columns);
    const fits = Math.min((width - apart) / columns, (height - apart) / lines) - apart;
    return { columns, lines, size: Math.min(LARGEST * factor, fits) };
  });
  const { columns, lines, size } = choices.reduce((best, each) =>
    each.size >= best.size ? each : best,
  );
  const step = size + apart;
  return {
    size: Math.max(2, size),
    columns,
    step,
    x: (width - columns * step + apart) / 2,
    y: (height - lines * step + apart) / 2,
    numbered: size >= NUMBERED_FROM * factor,
  };
}
