import { memo, useMemo, useState, type ReactNode } from "react";
import type { StepRecord } from "../../record/record.ts";
import { textParts } from "../../analysis/rows.ts";
import { setPinned, useView } from "../../store/view/view.ts";
import { LongText } from "../figure/use-in-turn.ts";
import { fixed, NO_REWARDS, ratio, signed } from "../../analysis/format.ts";
import "./completions.css";
import {
  completionRows,
  sorted,
  type CompletionRow,
  type Sorting,
  type SortKey,
} from "../../analysis/completion-rows.ts";
import { PromptText } from "../controls/PromptText.tsx";

interface Column {
  key: SortKey;
  heading: ReactNode;
  /** What the heading is called where it is a symbol. */
  name: string;
  words?: boolean;
  /** Left out where the table is narrow. */
  wide?: boolean;
  cell(row: CompletionRow, place: number): ReactNode;
}

/** Every completion of the shown group with what each level does to it. */
export const Completions = memo(function Completions(props: { record: StepRecord; title: string }) {
  const { record, title } = props;
  const group = useView((view) => view.group);
  const pinned = useView((view) => view.pinned);
  const [sorting, setSorting] = useState<Sorting>({ by: "advantage", ascending: false });
  const { rewardNames, textOnly = false } = record;
  const columns = useMemo(
    () => (textOnly ? textColumns(record) : columnsOf(record.rewardNames)),
    [record, textOnly],
  );
  const all = textOnly && record.rows <= MOST_TEXTS;
  const rows = sorted(completionRows(record, all ? "all" : group), sorting);

  const sortBy = (by: SortKey): void =>
    setSorting((now) =>
      now.by === by ? { by, ascending: !now.ascending } : { by, ascending: false },
    );
  const choose = (row: number): void =>
    setPinned({ row, token: Math.min(pinned?.token ?? 0, (record.length[row] ?? 1) - 1) });

  return (
    <section className="completions" aria-label={title}>
      <h2>
        {title}
        <small>
          step {record.step}
          {textOnly ? null : (
            <>
              , <var>k</var> = {record.innerStep}
            </>
          )}
          {rewardNames.length === 0 && `; ${NO_REWARDS}`}
        </small>
      </h2>
      <div className="completions-scroll" tabIndex={0} role="group" aria-label={`${title}, table`}>
        <table>
          <thead>
            <tr>
              {columns.map(({ key, heading, name, words, wide }) => (
                <th
                  key={key}
                  scope="col"
                  className={`${words ? "words" : ""} ${wide ? "wide" : ""}`}
                  aria-sort={ariaSort(sorting, key)}
                >
                  <button type="button" onClick={() => sortBy(key)} aria-label={`Sort by ${name}`}>
                    {heading}
                    <span aria-hidden="true">
                      {sorting.by === key ? (sorting.ascending ? " ↑" : " ↓") : ""}
                    </span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, place) => (
              // By place: a row that is moved is laid out anew, its whole completion with it.
              <tr
                key={place}
                className={pinned?.row === row.row ? "selected" : undefined}
                onClick={textOnly ? undefined : () => choose(row.row)}
              >
                {columns.map(({ key, words, wide, cell }) => (
                  <td key={key} className={`${words ? "words" : "num"} ${wide ? "wide" : ""}`}>
                    {key === "row" && !textOnly ? (
                      <button
                        type="button"
                        aria-pressed={pinned?.row === row.row}
                        aria-label={`Explain row ${row.row + 1}`}
                        onClick={() => choose(row.row)}
                      >
                        {row.row + 1}
                      </button>
                    ) : (
                      cell(row, place)
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
});

const ariaSort = (sorting: Sorting, key: SortKey): "ascending" | "descending" | undefined =>
  sorting.by === key ? (sorting.ascending ? "ascending" : "descending") : undefined;

/** Longer ones come from language models, whose text is theirs. */
const LONGEST_SIGNED = 400;

/** A completion with signs for what is no text, which a screen reader names. */
const CompletionText = ({ text, place }: { text: string; place: number }) =>
  text.length > LONGEST_SIGNED ? (
    <LongText text={text} index={place} />
  ) : (
    textParts(text).map(({ text: part, name }, at) =>
      name === null ? (
        part
      ) : (
        <span key={at} role="img" aria-label={name} title={name} className="completions-reserved">
          {part}
        </span>
      ),
    )
  );

/** A function that said nothing of a completion has no number there. */
const orNone = (value: number, print: (value: number) => string): string =>
  Number.isNaN(value) ? "–" : print(value);

/** Rows of texts alone that are listed at once; of more, a prompt's. */
const MOST_TEXTS = 512;

const WITHOUT_TOKENS: readonly SortKey[] = ["row", "prompt", "completion"];

/** Of a table without tokens there is no length, no ratio and no clip to show. */
function textColumns({ rewardNames, reward, advantage }: StepRecord): Column[] {
  const known = (values: Float32Array) => values.some((value) => !Number.isNaN(value));
  // One function's value is the reward: it stands there once.
  const sums = rewardNames.length > 1 && known(reward);
  return columnsOf(rewardNames).filter(
    ({ key }) =>
      typeof key === "number" ||
      WITHOUT_TOKENS.includes(key) ||
      (key === "reward" && sums) ||
      (key === "advantage" && known(advantage)),
  );
}

function columnsOf(rewardNames: readonly string[]): Column[] {
  const rewards = rewardNames.map((name, index): Column => ({
    key: index,
    heading: name,
    name,
    wide: true,
    cell: ({ rewards: values }) => orNone(values[index] ?? Number.NaN, (it) => fixed(it, 3)),
  }));
  // An imported log may hold advantages and no rewards.
  const total: Column[] =
    rewardNames.length === 0
      ? []
      : [
          {
            key: "reward",
            heading: "reward",
            name: "reward",
            cell: ({ reward }) => <b>{orNone(reward, (it) => fixed(it, 3))}</b>,
          },
        ];
  return [
    { key: "row", heading: "row", name: "row", words: true, cell: ({ row }) => row + 1 },
    {
      key: "prompt",
      heading: "prompt",
      name: "prompt",
      words: true,
      wide: true,
      cell: ({ prompt }) => (
        <code>
          <PromptText prompt={prompt} />
        </code>
      ),
    },
    {
      key: "completion",
      heading: "completion",
      name: "completion",
      words: true,
      cell: ({ completion }, place) => (
        <code
          title={textParts(completion)
            .map(({ text }) => text)
            .join("")}
        >
          {completion === "" ? "(empty)" : <CompletionText text={completion} place={place} />}
        </code>
      ),
    },
    ...rewards,
    ...total,
    {
      key: "advantage",
      heading: "advantage",
      name: "advantage",
      cell: ({ advantage }) => (
        <span className={advantage > 0 ? "up" : advantage < 0 ? "down" : undefined}>
          {orNone(advantage, (it) => signed(it, 3))}
        </span>
      ),
    },
    { key: "length", heading: "length", name: "length", wide: true, cell: ({ length }) => length },
    {
      key: "ended",
      heading: "end",
      name: "end",
      words: true,
      wide: true,
      cell: ({ ended, length }) =>
        ended ? "ended" : <span className="completions-cut">cut at {length}</span>,
    },
    {
      key: "sequenceRatio",
      heading: (
        <>
          <var>s</var>
        </>
      ),
      name: "sequence ratio",
      cell: ({ sequenceRatio }) => ratio(sequenceRatio),
    },
    {
      key: "clippedTokens",
      heading: "clipped",
      name: "clipped tokens",
      wide: true,
      cell: ({ clippedTokens, countedTokens }) => (
        <>
          {clippedTokens > 0 ? <b>{clippedTokens}</b> : clippedTokens} of {countedTokens}
        </>
      ),
    },
    {
      key: "rowClipped",
      heading: "row",
      name: "verdict on the row",
      words: true,
      cell: ({ rowClipped }) =>
        rowClipped ? <span className="completions-clipped">clipped</span> : "kept",
    },
  ];
}
