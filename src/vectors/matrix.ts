import { relativeError } from "./report.ts";

export type Matrix = number[][];

/** Every row as long as `width`: what is added is `fill`. */
export const widen = (matrix: Matrix, width: number, fill = NaN): Matrix =>
  matrix.map((row) => Array.from({ length: width }, (_, t) => row[t] ?? fill));

/** The relative error of all entries, as `relativeError` has it. */
export const distance = (actual: Matrix, expected: Matrix): number =>
  relativeError(actual.flat(), expected.flat());

export const zeros = (length: number): number[] => Array.from({ length }, () => 0);

/** Rows of so many columns. */
export const nest = (flat: Float32Array, columns: number): Matrix =>
  Array.from({ length: flat.length / columns }, (_, row) =>
    Array.from(flat.subarray(row * columns, (row + 1) * columns)),
  );
