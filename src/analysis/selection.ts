/** One token of the batch. */
export interface Selection {
  /** Row index in the record. */
  row: number;
  /** Token column in the record. */
  token: number;
}

/** How a row is called everywhere on the page: its place in the batch, from 1. */
export const rowName = (row: number): string => String(row + 1);
