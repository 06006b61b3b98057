import type { StepRecord } from "../../record/record.ts";
import * as format from "../../analysis/format.ts";
import { orderRows } from "../../analysis/rows.ts";
import { rowName } from "../../analysis/selection.ts";
import { BEYOND_RECORD, type LossParts, lossParts, meetsLoss } from "../../analysis/recombine.ts";

interface LossTableProps {
  record: StepRecord;
  /** Its group is listed row by row. */
  row: number | null;
  /** The first row in view: its group is listed while there is no `row`. */
  inView: number;
  onRow(row: number): void;
}

/** More rows than this are one line. */
const MOST_ROWS = 16;

/** How the rows add up to the loss at both levels; the level that trains meets the GPU's number. */
export function LossTable({ record, row, inView, onRow }: LossTableProps) {
  const token = lossParts(record, "token");
  const sequence = lossParts(record, "sequence");
  if (!token || !sequence) {
    return (
      <section className="eq-part">
        <h3>The loss</h3>
        <p className="eq-verdict">
          No token pushes, so the tokens that {record.config.loss_type} divides by cannot be read
          off this step. On the GPU the loss is{" "}
          <code>{format.signed(record.metrics.loss ?? NaN, 4)}</code>.
        </p>
      </section>
    );
  }
  const all = Array.from({ length: record.rows }, (_, each) => each);
  const group = record.group[row ?? inView];
  const ordered = orderRows(
    record,
    all.length <= MOST_ROWS ? all : all.filter((each) => record.group[each] === group),
    "advantage",
  );
  const listed = ordered.filter((each, i) => i < MOST_ROWS || each === row);
  const others = all.filter((each) => !listed.includes(each));
  const sum = (terms: readonly number[], rows: readonly number[]) =>
    rows.reduce((total, each) => total + terms[each]!, 0);
  const pair = (read: (parts: LossParts) => string, strong = false) => (
    <>
      <td>{strong ? <b>{read(token)}</b> : read(token)}</td>
      <td>{strong ? <b>{read(sequence)}</b> : read(sequence)}</td>
    </>
  );
  const whole = meetsLoss(record, record.level === "token" ? token : sequence);
  const onGpu = format.signed(record.metrics.loss ?? NaN, 4);
  return (
    <section className="eq-part eq-loss">
      {whole ? (
        <h3>Adds up to the loss of this step</h3>
      ) : (
        <>
          <h3>Part of the loss of this step</h3>
          <p className="eq-verdict">The rows do not add up to it. {BEYOND_RECORD}</p>
        </>
      )}
      <table>
        <thead>
          <tr>
            <th scope="col">row</th>
            <th scope="col">
              <span className="mark-grpo" aria-hidden="true" />{" "}
              <span className="eq-hidden">GRPO </span>
              {token.termName}
            </th>
            <th scope="col">
              <span className="mark-gspo" aria-hidden="true" />{" "}
              <span className="eq-hidden">GSPO </span>
              {sequence.termName}
            </th>
          </tr>
        </thead>
        <tbody>
          {listed.map((each) => (
            <tr
              key={each}
              className={each === row ? "eq-row-pinned" : undefined}
              onClick={() => onRow(each)}
            >
              <th scope="row">{rowName(each)}</th>
              {pair((parts) => format.signed(parts.terms[each]!, 5))}
            </tr>
          ))}
          {others.length > 0 && (
            <tr className="eq-others">
              <th scope="row">{format.plural(others.length, "other row")}</th>
              {pair((parts) => format.signed(sum(parts.terms, others), 5))}
            </tr>
          )}
          {token.kl !== null && (
            <tr>
              <th scope="row">− β × KL</th>
              {pair((parts) => format.signed(-(parts.kl ?? 0), 5))}
            </tr>
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">sum</th>
            {pair((parts) => format.signed(sum(parts.terms, all) - (parts.kl ?? 0), 4))}
          </tr>
          <tr>
            <th scope="row">
              {token.bonus === null ? "loss = " : ""}−sum / {token.divisorName}
            </th>
            {pair(
              (parts) => format.signed(parts.loss + (parts.bonus ?? 0), 4),
              token.bonus === null,
            )}
          </tr>
          {token.bonus !== null && (
            <>
              <tr>
                <th scope="row">− entropy bonus</th>
                {pair((parts) => format.signed(-(parts.bonus ?? 0), 4))}
              </tr>
              <tr>
                <th scope="row">loss</th>
                {pair((parts) => format.signed(parts.loss, 4), true)}
              </tr>
            </>
          )}
          {record.metrics.loss !== undefined && (
            <tr className="eq-gpu">
              <th scope="row">on the GPU</th>
              <td>{record.level === "token" ? onGpu : ""}</td>
              <td>{record.level === "token" ? "" : onGpu}</td>
            </tr>
          )}
        </tfoot>
      </table>
    </section>
  );
}
