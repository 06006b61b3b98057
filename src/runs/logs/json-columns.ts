import { UserError } from "../../base/user-error.ts";
import { isObject } from "./json-log.ts";
import { isLog, isStep } from "./metrics-log.ts";

type Row = Readonly<Record<string, unknown>>;
type Column = readonly [name: string, values: readonly unknown[]];

/** The rows of a table that JSON has by columns, and what was left out of it, in sentences. */
export interface ColumnRows {
  rows: readonly Row[];
  notes: readonly string[];
}

/** What one completion has one number of: with a list of them the table is by columns. */
const OF_ONE_ROW = ["step", "reward", "advantage", "score"];

/**
 * The rows of `{"step": […], "loss": […]}`, of pandas' `to_json` by columns or split, at the top or
 * under a trainer's history; null where the JSON is none of these.
 *
 * @throws UserError where columns differ in length and nothing says which rows they have values of.
 */
export function rowsByColumns(path: string, value: unknown): ColumnRows | null {
  if (!isObject(value)) return null;
  const split = rowsOfSplit(value);
  if (split) return { rows: split, notes: [] };
  for (const table of [value, value.log_history, value.history]) {
    const columns = isObject(table) ? columnsOf(table) : [];
    const names = columns.map(([name]) => name);
    if (isLog(names) || names.some((name) => OF_ONE_ROW.includes(name))) {
      return columns.length < 2 ? null : ofOneLength(path, columns);
    }
  }
  return null;
}

/** pandas' `orient="split"`: the names once, then a list a row. */
function rowsOfSplit({ columns, data }: Row): Row[] | null {
  if (!Array.isArray(columns) || !Array.isArray(data) || !data.every(Array.isArray)) return null;
  return data.map((cells: unknown[]) =>
    Object.fromEntries(columns.map((name, i) => [String(name), cells[i]])),
  );
}

const columnsOf = (table: Row): Column[] =>
  Object.entries(table).flatMap(([name, value]): Column[] => {
    const values = isIndexed(value) ? Object.values(value) : value;
    return Array.isArray(values) && values.length > 0 ? [[name, values]] : [];
  });

/** pandas writes a column as `{"0": 0.5, "1": 0.25}`. */
const isIndexed = (value: unknown): value is Row =>
  isObject(value) && Object.keys(value).every((key, i) => key === String(i));

function ofOneLength(path: string, columns: readonly Column[]): ColumnRows {
  const reference = columns.find(([name]) => isStep(name)) ?? commonest(columns);
  const fitting = columns.filter(([, { length }]) => length === reference?.[1].length);
  if (reference === undefined || fitting.length < 2) throw differing(path, columns);
  const [by, { length }] = reference;
  const which = isStep(by) ? "steps" : "rows";
  return {
    rows: Array.from({ length }, (_, i) =>
      Object.fromEntries(fitting.map(([name, values]) => [name, values[i]])),
    ),
    notes: columns
      .filter((column) => !fitting.includes(column))
      .map(
        ([name, values]) =>
          `${name} has ${counted(values)} and ${by} has ${length}: which ${which} the values belong to is not known, so ${name} is left out. Log it with a step to each value.`,
      ),
  };
}

/** A column of the length that most columns have; undefined where two lengths are as common. */
function commonest(columns: readonly Column[]): Column | undefined {
  const among = ([, { length }]: Column) =>
    columns.filter(([, values]) => values.length === length).length;
  const most = Math.max(...columns.map(among));
  const found = columns.filter((column) => among(column) === most);
  const [first] = found;
  return found.every(([, { length }]) => length === first?.[1].length) ? first : undefined;
}

function differing(path: string, columns: readonly Column[]): UserError {
  const [one, ...others] = columns;
  const other = others.find(([, { length }]) => length !== one?.[1].length);
  const lengths = [
    ...(one ? [`${one[0]} has ${counted(one[1])}`] : []),
    ...(other ? [`${other[0]} has ${other[1].length}`] : []),
  ].join(", ");
  const steps = columns.some(([name]) => isStep(name)) ? "" : " and no column of steps";
  return new UserError(
    `${path.replace(/^.*\//, "")} has columns of different lengths (${lengths})${steps}, so which values belong together is not known.`,
    "Write a row for each step, or columns of one length with the steps among them.",
  );
}

const counted = ({ length }: readonly unknown[]): string =>
  `${length} ${length === 1 ? "value" : "values"}`;
