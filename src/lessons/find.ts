import { type GroupChoice, groupsOf, maskedLength } from "../analysis/rows.ts";
import type { StepRecord } from "../record/record.ts";
import type { Material, View } from "./lesson.ts";

/** Rows of one prompt in one batch of the run. */
export interface Found {
  record: StepRecord;
  group: number;
  rows: readonly number[];
}

/** Groups of two or more rows that are pushed, of every record that `takes` it, in order of step. */
export const groupsWhere = (
  { retained }: Material,
  takes: (record: StepRecord) => boolean,
): readonly Found[] =>
  retained
    .flatMap(({ records }) => Object.values(records))
    .filter((record) => !record.textOnly && takes(record))
    .flatMap((record) => groupsOf(record).map((group) => inGroup(record, group)))
    .filter(
      ({ record, rows }) => rows.length >= 2 && rows.some((row) => record.advantage[row] !== 0),
    );

const inGroup = (record: StepRecord, group: number): Found => ({
  record,
  group,
  rows: Array.from(record.group.keys()).filter(
    (row) => record.group[row] === group && maskedLength(record, row) > 0,
  ),
});

/** The one with the highest score above 0; undefined where there is none. */
export function highest<T>(all: readonly T[], score: (each: T) => number): T | undefined {
  let [found, most]: [T | undefined, number] = [undefined, 0];
  for (const each of all) {
    const value = score(each);
    if (value > most) [found, most] = [each, value];
  }
  return found;
}

/** Indices of the row's tokens that count, in the record's arrays. */
export const tokensOf = (record: StepRecord, row: number): number[] =>
  Array.from({ length: record.columns }, (_, token) => row * record.columns + token).filter(
    (index) => record.mask[index] === 1,
  );

/** Π r of a row: what its ratio would be without the division by its length. */
export const product = (record: StepRecord, row: number): number =>
  Math.exp(tokensOf(record, row).reduce((sum, index) => sum + record.logRatio[index]!, 0));

/** Column of the row's token that moved the furthest. */
const movedMost = (record: StepRecord, row: number): number =>
  tokensOf(record, row).reduce((most, index) =>
    Math.abs(record.logRatio[index]!) > Math.abs(record.logRatio[most]!) ? index : most,
  ) -
  row * record.columns;

const moved = (record: StepRecord, row: number): boolean =>
  tokensOf(record, row).some((index) => record.logRatio[index] !== 0);

/** The view of a batch; of a chosen row the token that moved most is outlined, if one moved. */
export const viewOf = (
  { record, group }: Pick<Found, "record"> & { group: GroupChoice },
  rest: Omit<View, "batch" | "token">,
): View => ({
  batch: { kind: "recorded", step: record.step, arm: record.arm, group },
  ...rest,
  ...(rest.row !== null && moved(record, rest.row) && { token: movedMost(record, rest.row) }),
});

/** "Step 12, k = 3, token arm". */
export const placeOf = ({ step, innerStep, arm }: StepRecord): string =>
  `step ${step}, k = ${innerStep}, ${arm} arm`;
