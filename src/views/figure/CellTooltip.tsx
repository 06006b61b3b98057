import { Suspense } from "react";
import { drives, type StepRecord } from "../../record/record.ts";
import { hasRoutes } from "../../analysis/flips.ts";
import * as format from "../../analysis/format.ts";
import { ratioAt } from "../../analysis/clip-rule.ts";
import { rowName, type Selection } from "../../analysis/selection.ts";
import { sequenceVerdict, tokenVerdict } from "../../analysis/verdict.ts";
import type { CellsView } from "./cells.ts";
import type { TipPlace } from "./tip-place.ts";
import { TipRoutes } from "../experts/lazy.ts";
import "./cell-tooltip.css";

interface CellTooltipProps {
  record: StepRecord;
  at: Selection;
  view: CellsView;
  /** Beside its cell, within the card in CSS pixels; null: in its place below the figures. */
  place: TipPlace | null;
}

/** The numbers of one token, below the figures or beside its cell. */
export function CellTooltip({ record, at, view, place }: CellTooltipProps) {
  const { row, token } = at;
  const index = row * record.columns + token;
  const reserved = view.reserved(index);
  const perToken = tokenVerdict(record, row, token);
  const perRow = sequenceVerdict(record, row);
  return (
    <div
      className={`twin-tip${place === null ? " twin-tip-docked" : place.flip ? " twin-tip-flip" : ""}`}
      {...(place !== null && { style: { left: place.x, top: place.y } })}
      role="tooltip"
    >
      <p className="twin-tip-title">
        <b>
          Row {rowName(row)}, token {token + 1}
        </b>
        <code>{view.text(index)}</code>
        {reserved !== null && <span className="quiet">{reserved}</span>}
      </p>
      <dl>
        <dt>
          log π<sub>old</sub>
        </dt>
        <dd>{format.logProb(record.logpOld[index]!)}</dd>
        <dt>log π</dt>
        <dd>{format.logProb(record.logp[index]!)}</dd>
        <dt>
          <i>r</i>
        </dt>
        <dd>{ratioAt(record, "token", record.tokenRatio[index]!)}</dd>
        <dt>
          <i>s</i>
        </dt>
        <dd>{ratioAt(record, "sequence", record.sequenceRatio[row]!)}</dd>
        <dt>
          <i>A</i>
        </dt>
        <dd>{format.advantage(record.advantage[row]!)}</dd>
      </dl>
      <p className={`twin-tip-verdict${drives(record, "token") ? " twin-tip-own" : ""}`}>
        <span className="mark-grpo" aria-hidden="true" /> GRPO {perToken.words}
      </p>
      <p className={`twin-tip-verdict${drives(record, "token") ? "" : " twin-tip-own"}`}>
        <span className="mark-gspo" aria-hidden="true" /> GSPO {perRow.words}
      </p>
      {hasRoutes(record) && (
        <Suspense fallback={null}>
          <TipRoutes record={record} index={index} />
        </Suspense>
      )}
    </div>
  );
}
