/** How the k marks of a cell stand in it, in CSS pixels. */
export interface MarkGrid {
  /** Of one mark. */
  width: number;
  height: number;
  columns: number;
  /** Of the first mark, from the cell's left upper corner. */
  x: number;
  y: number;
  /** Between marks. */
  apart: number;
  numbered: boolean;
}

interface Cell {
  /** The k marks in it. */
  count: number;
  /** Of its inside. */
  width: number;
  height: number;
  /** How many times as wide as high a mark is. */
  aspect: number;
  /** What type is multiplied by. */
  factor: number;
}

/** Below this a number of 11 px does not fit into a mark. */
const NUMBERED_FROM = 12;
const LARGEST = 15;
/** Between marks: with room for the outline of one; and where numbers would not fit so. */
const APART = [2.5, 1];

/** Two digits are as wide as one mark is high. */
export const aspectOf = (largest: number): number => (largest > 9 ? 1.4 : 1);

/** The largest marks that fit, in full lines, rather side by side than below each other. */
export function markGrid(cell: Cell): MarkGrid {
  const grids = APART.map((apart) => gridOf(cell, apart));
  return grids.find(({ numbered }) => numbered) ?? grids[0]!;
}

function gridOf({ count, width, height, aspect, factor }: Cell, apart: number): MarkGrid {
  const choices = Array.from({ length: count }, (_, i) => {
    const columns = i + 1;
    const lines = Math.ceil(count / columns);
    const wide = ((width - apart) / columns - apart) / aspect;
    const size = Math.min(LARGEST * factor, wide, (height - apart) / lines - apart);
    return { columns, lines, size, holes: lines * columns - count };
  });
  const { columns, lines, size } = choices.reduce((best, each) =>
    each.size > best.size || (each.size === best.size && each.holes <= best.holes) ? each : best,
  );
  const mark = { width: Math.max(2, size * aspect), height: Math.max(2, size) };
  return {
    ...mark,
    columns,
    apart,
    x: (width - columns * (mark.width + apart) + apart) / 2,
    y: (height - lines * (mark.height + apart) + apart) / 2,
    numbered: size >= NUMBERED_FROM * factor,
  };
}
