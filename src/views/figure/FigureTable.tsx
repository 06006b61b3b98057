import { memo } from "react";
import * as format from "../../analysis/format.ts";
import { ratioAt } from "../../analysis/clip-rule.ts";
import type { RecordProps } from "./props.ts";
import {
  clippedTokens,
  type GroupChoice,
  maskedLength,
  orderRows,
  type RowOrder,
  shownRows,
  tokenName,
} from "../../analysis/rows.ts";
import { rowName } from "../../analysis/selection.ts";
import { LongText } from "./use-in-turn.ts";

/** Beyond this the ratios of single tokens are read in the grid, not in the table. */
const MOST_TOKENS = 2000;

/** Both figures as one table, for screen readers. */
export const FigureTable = memo(function FigureTable({
  record,
  vocabulary,
  group,
  order,
}: RecordProps & { group: GroupChoice; order: RowOrder }) {
  const rows = orderRows(record, shownRows(record, group).rows, order);
  const { columns } = record;
  const listed = rows.reduce((sum, row) => sum + record.length[row]!, 0) <= MOST_TOKENS;
  return (
    <div className="twin-hidden">
      <table>
        <caption>
          Step {record.step}, inner step {record.innerStep}: ratios of {rows.length} completions,
          figures 3 and 4
        </caption>
        <thead>
          <tr>
            <th scope="col">row</th>
            <th scope="col">completion</th>
            <th scope="col">reward</th>
            <th scope="col">advantage</th>
            <th scope="col">length</th>
            {listed && <th scope="col">token ratios</th>}
            <th scope="col">tokens clipped, figure 3</th>
            <th scope="col">sequence ratio</th>
            <th scope="col">row clipped, figure 4</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => {
            const tokens = listed
              ? Array.from({ length: record.length[row]! }, (_, t) => row * columns + t)
              : [];
            return (
              // By place: a row that is moved is laid out anew, its whole completion with it.
              <tr key={place}>
                <th scope="row">{rowName(row)}</th>
                <td>
                  {listed ? (
                    tokens.map((i) => tokenName(vocabulary, record.tokens[i]!)).join(" ")
                  ) : (
                    <LongText text={record.completion[row] ?? ""} index={place} />
                  )}
                </td>
                <td>{format.reward(record.reward[row]!)}</td>
                <td>{format.advantage(record.advantage[row]!)}</td>
                <td>{record.length[row]}</td>
                {listed && (
                  <td>
                    {tokens.map((i) => ratioAt(record, "token", record.tokenRatio[i]!)).join(" ")}
                  </td>
                )}
                <td>
                  {clippedTokens(record, row)} of {maskedLength(record, row)}
                </td>
                <td>{ratioAt(record, "sequence", record.sequenceRatio[row]!)}</td>
                <td>{record.sequenceClipped[row] ? "clipped" : "kept"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
});
