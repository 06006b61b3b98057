import { memo } from "react";
import type { LayerChoice, RoutedRecord } from "../../analysis/flips.ts";
import { expertLoad, rowFlips, tokenRoutes } from "../../analysis/routes.ts";
import * as format from "../../analysis/format.ts";
import { tokenName } from "../../analysis/rows.ts";
import { rowName } from "../../analysis/selection.ts";
import { routeWords } from "./cell-words.ts";

interface ExpertsTableProps {
  record: RoutedRecord;
  vocabulary: readonly string[];
  rows: readonly number[];
  layer: LayerChoice;
}

/** Beyond this single tokens are read in the grid, not in the table. */
const MOST_TOKENS = 2000;

/** The Experts figure and the load as tables, for screen readers. */
export const ExpertsTable = memo(function ExpertsTable(props: ExpertsTableProps) {
  const { record, rows, layer } = props;
  const told = rows.reduce((sum, row) => sum + record.length[row]!, 0) <= MOST_TOKENS;
  return (
    <div className="twin-hidden">
      <table>
        <caption>
          Step {record.step}, inner step {record.innerStep}: experts of {rows.length} completions
        </caption>
        <thead>
          <tr>
            <th scope="col">row</th>
            <th scope="col">flipped</th>
            {told && <th scope="col">experts of each token</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => {
            const { flipped, of } = rowFlips(record, row, layer);
            return (
              <tr key={place}>
                <th scope="row">{rowName(row)}</th>
                <td>
                  {flipped} of {of}
                </td>
                {told && <td>{tokensInWords(props, row)}</td>}
              </tr>
            );
          })}
        </tbody>
      </table>
      <table>
        <caption>Load per expert, step {record.step}</caption>
        <tbody>
          {Array.from(expertLoad(record, layer), (share, expert) => (
            <tr key={expert}>
              <th scope="row">expert {expert}</th>
              <td>{format.percent(share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});

function tokensInWords({ record, vocabulary, layer }: ExpertsTableProps, row: number): string {
  const first = row * record.columns;
  return Array.from({ length: record.length[row]! }, (_, token) => first + token)
    .filter((index) => record.mask[index] === 1)
    .map((index) => {
      const routes = tokenRoutes(record, index, layer).map(routeWords);
      return `${tokenName(vocabulary, record.tokens[index]!)}: ${routes.join("; ")}`;
    })
    .join(". ");
}
