import { COMMA_READ, csvRows, separatorOf, withPoint, type CsvRow } from "../../base/csv-rows.ts";
import {
  excerpt,
  lineCounter,
  plainReading,
  type Literal,
  type Named,
  type Reading,
  type Written,
} from "../python/written.ts";
import { isConfiguration, isSetting } from "./recognise.ts";
import { isElsewhere } from "./unknown-names.ts";

/** Rows that are compared; a sweep has fewer runs. */
const MAX_ROWS = 1000;

/** A table's text, read into cells. */
interface Table {
  rows: readonly CsvRow[];
  lineOf(position: number): number;
  notes: string[];
  /** Whether tabs stand between its cells. */
  tabs: boolean;
}

/**
 * CSV or TSV whose columns are fields, a row a configuration, or which has a name and its value on
 * each line. Null where the text is no such table.
 */
export function readTable(source: string): Reading | Named | null {
  const separator = separatorOf(source.trimStart());
  const [head] = csvRows(source.trimStart(), separator);
  if (!head || head.cells.length < 2 || !head.cells.every(isName)) return null;
  const notes = new Set<string>();
  const rows = [...csvRows(source, separator)].slice(0, MAX_ROWS + 1).map(({ cells, from }) => ({
    from,
    cells: cells.map((cell) => {
      const point = withPoint(cell.trim(), separator);
      if (point !== cell.trim()) notes.add(COMMA_READ);
      return point;
    }),
  }));
  const table: Table = {
    rows,
    lineOf: lineCounter(source),
    notes: [...notes],
    tabs: separator === "\t",
  };
  return byLines(table) ?? byColumns(table);
}

/** What heads a column, or is a value beside a name: one line of no program. */
const isName = (cell: string): boolean => /^[^\n(){}=:]{0,200}$/.test(cell);

function byColumns({ rows: [head, ...rows], lineOf, notes, tabs }: Table): Reading | Named | null {
  const names = head?.cells ?? [];
  const named = names.filter((name) => name !== "");
  // Prose has commas as well.
  if (!isConfiguration(named) || !isMost(named, (name) => !name.includes(" "))) return null;
  if (isByStep(names, rows)) return null;
  if (rows.length === 0) {
    return { is: "This is the head of a table of settings, without a row of values under it." };
  }
  // R, and what copies cells, number rows of a table with tabs in a column that has no head.
  const numbered = tabs && rows.every(({ cells }) => cells.length === names.length + 1);
  const heads = numbered ? ["", ...names] : names;
  const odd = rows.find(({ cells }) => cells.length !== heads.length);
  if (odd) {
    return {
      is: `This is a table of settings whose head names ${heads.length} columns, and the row in line ${lineOf(odd.from)} has ${odd.cells.length}: which value belongs to which name is not known. Put quotes around cells that have a separator in them.`,
    };
  }
  const written = heads.flatMap((name, column): Written[] => {
    const cells = rows.map(({ cells: own }) => own[column] ?? "");
    const given = cells.find((cell) => cell !== "");
    const [row] = rows;
    if (name === "" || given === undefined || !row) return [];
    return [
      {
        name,
        line: lineOf(row.from),
        text: excerpt(given),
        literal: agreed(cells, given, heads, name),
      },
    ];
  });
  const some = rows.length < MAX_ROWS ? "" : "at least ";
  return {
    ...plainReading("table", written),
    notes: [
      ...notes,
      ...(numbered
        ? ["The first cell of each row stands under no name of the head and is left out."]
        : []),
      ...(rows.length === 1
        ? []
        : [
            `The table has ${some}${rows.length} rows, each a configuration: what they agree on is read. To read one of them, paste the head with that row alone.`,
          ]),
    ],
  };
}

function agreed(
  cells: readonly string[],
  given: string,
  heads: readonly string[],
  name: string,
): Literal {
  const columns = heads.filter((each) => each === name).length;
  if (columns > 1) return { problem: `heads ${columns} columns` };
  return cells.some((cell) => cell !== given) ? { problem: differing(cells) } : { value: given };
}

/** "differs between the 3 rows (0, 0.1, 0.2)". */
function differing(cells: readonly string[]): string {
  const values = [...new Set(cells)].map((cell) => (cell === "" ? "left out" : excerpt(cell, 20)));
  const shown = values.slice(0, 4).join(", ");
  return `differs between the ${cells.length} rows (${shown}${values.length > 4 ? ", …" : ""})`;
}

/** A log may have fields as columns: its rows are steps and no configurations. */
function isByStep(names: readonly string[], rows: readonly CsvRow[]): boolean {
  const at = names.findIndex((name) => /^(_step|(train\/)?global_step|step)$/i.test(name));
  const steps = rows.map(({ cells }) => Number(cells[at] || NaN));
  return at >= 0 && rows.length > 1 && steps.every((step, i) => step > (steps[i - 1] ?? -1));
}

const isMost = <T>(all: readonly T[], holds: (each: T) => boolean): boolean =>
  2 * all.filter(holds).length > all.length;

/** `beta,0.1` on each line, under a head or under none. */
function byLines({ rows, lineOf, notes }: Table): Reading | null {
  const [head] = rows;
  const width = head?.cells.length ?? 0;
  const at = width === 2 ? 1 : (head?.cells.findIndex((cell) => /^values?$/i.test(cell)) ?? -1);
  if (at < 1 || rows.some(({ cells }) => cells.length !== width)) return null;
  const [first = "", second = ""] = head?.cells ?? [];
  if (isSetting(first) && isSetting(second)) return null;
  const own = isSetting(first) ? rows : rows.slice(1);
  const names = own.map(({ cells: [name = ""] }) => name);
  const isField = (name: string) => isSetting(name) || isElsewhere(name);
  if (!isConfiguration(names) || !isMost(names, isField)) return null;
  const written = own.flatMap(({ cells, from }): Written[] => {
    const name = cells[0] ?? "";
    const value = cells[at] ?? "";
    return value === ""
      ? []
      : [{ name, line: lineOf(from), text: excerpt(value), literal: { value } }];
  });
  return { ...plainReading("table", written), notes };
}
