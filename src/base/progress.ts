/** Told how many of how many are done. */
export type Progress = (done: number, total: number) => void;
