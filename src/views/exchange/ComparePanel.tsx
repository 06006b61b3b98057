import { useDeferredValue, useMemo, useState } from "react";
import { compare, type Cell, type Row, type Side } from "../../config/frameworks/compare.ts";
import { sideOfPaste, sideOfRun } from "../../config/frameworks/compare-sides.ts";
import type { Mark } from "../../config/frameworks/mark.ts";
import { readAny } from "../../config/frameworks/read-any.ts";
import { currentRun } from "../../config/processes.ts";
import type { RunConfig } from "../../config/types.ts";
import { closeExchange, useExchange } from "../../store/library/exchange.ts";
import { useRun } from "../../store/run/run-store.ts";
import { Button } from "../controls/Button.tsx";
import { Picker } from "../controls/Picker.tsx";
import "./compare.css";

const PASTED = "pasted";
const LETTERS = ["A", "B"] as const;

/** What a column holds: a pasted text, or an arm of the page's run. */
interface Column {
  from: string;
  text: string;
}

/** Two configurations of any two trainers side by side, by what they mean. */
export function ComparePanel() {
  const run = useRun((state) => state.run);
  const handed = useExchange(({ text }) => text);
  const [columns, setColumns] = useState<readonly [Column, Column]>(() => [
    { from: PASTED, text: handed },
    { from: run?.arms[0]?.name ?? PASTED, text: "" },
  ]);
  const [first, second] = useDeferredValue(columns);
  const sides = useMemo(
    () => (run === null ? null : ([sideIn(first, run), sideIn(second, run)] as const)),
    [first, second, run],
  );
  const change = (at: number, column: Column): void =>
    setColumns(([a, b]) => (at === 0 ? [column, b] : [a, column]));
  return (
    <section className="card exchange" aria-labelledby="compare-title">
      <div className="exchange-head">
        <h2 id="compare-title">Compare two configurations</h2>
        <p>
          Whatever their settings are called: each is read into TRL&rsquo;s fields, and what differs
          comes first.
        </p>
        <Button kind="ghost" onPress={closeExchange}>
          Close
        </Button>
      </div>
      {run === null || sides === null ? (
        <p className="quiet">No run is loaded.</p>
      ) : (
        <>
          <div className="compare-columns">
            {columns.map((column, at) => (
              <Source
                key={LETTERS[at]}
                letter={LETTERS[at] ?? "A"}
                column={column}
                run={run}
                problem={problemOf(sides[at] ?? null)}
                onChange={(next) => change(at, next)}
              />
            ))}
          </div>
          <Tables sides={sides} />
        </>
      )}
    </section>
  );
}

/** A side, why there is none, or null where nothing is pasted yet. */
type Read = { side: Side } | { problem: string } | null;

const problemOf = (read: Read): string | null =>
  read !== null && "problem" in read ? read.problem : null;

function sideIn({ from, text }: Column, run: RunConfig): Read {
  if (from !== PASTED) {
    const arm = run.arms.find(({ name }) => name === from);
    return arm ? { side: sideOfRun(currentRun(run), arm) } : null;
  }
  if (text.trim() === "") return null;
  const read = readAny(text, { base: run });
  return "problem" in read ? { problem: read.problem } : { side: sideOfPaste(read) };
}

interface SourceProps {
  letter: string;
  column: Column;
  run: RunConfig;
  problem: string | null;
  onChange(column: Column): void;
}

function Source({ letter, column, run, problem, onChange }: SourceProps) {
  return (
    <div className="exchange-source">
      <Picker
        label={`What ${letter} is`}
        lead={letter}
        choices={[
          { id: PASTED, text: "a text" },
          ...run.arms.map(({ name }) => ({ id: name, text: `this run, ${name} arm` })),
        ]}
        selected={column.from}
        onSelect={(from) => onChange({ ...column, from })}
      />
      {column.from === PASTED ? (
        <textarea
          aria-label={`Configuration ${letter}`}
          value={column.text}
          onChange={(event) => onChange({ ...column, text: event.target.value })}
          placeholder="A configuration of any trainer that Import reads"
          spellCheck={false}
          autoComplete="off"
          wrap="off"
        />
      ) : null}
      {problem === null ? null : (
        <p className="finding error" role="status">
          {problem}
        </p>
      )}
    </div>
  );
}

function Tables({ sides }: { sides: readonly [Read, Read] }) {
  const [one, other] = sides;
  const compared = useMemo(
    () =>
      one !== null && other !== null && "side" in one && "side" in other
        ? { names: [one.side.name, other.side.name], ...compare(one.side, other.side) }
        : null,
    [one, other],
  );
  if (compared === null) {
    return <p className="quiet">The table stands here once both are there.</p>;
  }
  const { names, facts, rows } = compared;
  const differing = rows.filter(({ differs }) => differs);
  const same = rows.filter(({ differs }) => !differs);
  return (
    <>
      <p role="status">
        {differing.length === 0
          ? "No setting differs."
          : `${differing.length} of ${rows.length} settings differ.`}
      </p>
      <Rows label="What they come to" names={names} rows={facts} />
      {differing.length === 0 ? null : (
        <Rows label="Settings that differ" names={names} rows={differing} />
      )}
      <details className="foreign-more">
        <summary>The same in both ({same.length})</summary>
        <Rows label="Settings that are the same" names={names} rows={same} />
      </details>
    </>
  );
}

interface RowsProps {
  label: string;
  names: readonly string[];
  rows: readonly Row[];
}

function Rows({ label, names, rows }: RowsProps) {
  return (
    <div className="compare-scroll" tabIndex={0} role="group" aria-label={label}>
      <table className="compare-table">
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">TRL</th>
            {names.map((name, at) => (
              <th key={LETTERS[at]} scope="col">
                {LETTERS[at]}: {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cells, differs }) => (
            <tr key={name} className={differs ? "differs" : undefined}>
              <th scope="row">{name}</th>
              {cells.map((cell, at) => (
                <td key={LETTERS[at]}>
                  <Value cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const MARKS: Readonly<Record<Mark, string>> = {
  exact: "",
  near: "near",
  none: "not expressible",
  elsewhere: "elsewhere",
};

function Value({ cell: { value, words, line, mark, says } }: { cell: Cell }) {
  const marked = MARKS[mark];
  return (
    <>
      <b className="num">{value}</b>
      {words === "" || words === value ? null : (
        <code>
          {words}
          {line === null ? "" : `, line ${line}`}
        </code>
      )}
      {marked === "" ? null : (
        <small className={mark}>
          {marked}
          {says === "" ? "" : `: ${says}`}
        </small>
      )}
    </>
  );
}
