import type { StepRecord } from "../../record/record.ts";
import { flips } from "../../analysis/flips.ts";
import { type Asked, covers } from "../../store/lesson/asked.ts";
import { VERDICT_WORDS, verdictOn } from "./mark-verdict.ts";
import type { DivergingScale } from "../colour.ts";
import { ratioAt } from "../../analysis/clip-rule.ts";
import * as format from "../../analysis/format.ts";
import { rowName, type Selection } from "../../analysis/selection.ts";
import {
  pushOf,
  type Stage,
  type StageFacts,
  STAGES,
  type StageValues,
} from "../../analysis/stage.ts";

/** Which figure: 3 is token level, 4 is sequence level. */
export type FigureNumber = 3 | 4;

/** Everything about one figure's cells that changes with the record, not with the pointer. */
export interface CellsView {
  figure: FigureNumber;
  record: StepRecord;
  /** Rows of the record, in the order shown. */
  rows: readonly number[];
  columns: number;
  stage: Stage;
  values: StageValues;
  /** End of the symmetric colour domain. */
  domain: number;
  scale: DivergingScale;
  /** Token texts, by the record's token index. */
  text(index: number): string;
  /** What a token is that stands for no text, by the same index; null: it is text. */
  reserved(index: number): string | null;
  /** Log-ratios stand as towers on this scale, the |log-ratio| of half a row; null: cells are filled. */
  reach: number | null;
  /** What the cells hold where it is not the stage's own quantity: nothing is hatched then. */
  comparison?: Pick<StageFacts, "quantity" | "decimals">;
  /** A lesson's question: while it is open, no clip verdict is told. */
  asked: Asked | null;
}

/** How one cell looks. */
export interface CellLook {
  kind: "value" | "clipped" | "masked" | "padding";
  value: number;
  /** −1, 0 or 1: which corner has the notch. */
  sign: number;
  fill: string;
  ink: string;
  /** Colour of the push that clipping cut off, for the notch of a clipped cell. */
  cut: string;
  /** Beyond the colour domain. */
  saturated: boolean;
}

export function cellLook(view: CellsView, line: number, token: number): CellLook {
  const { record, figure, stage, values, scale, domain } = view;
  const row = view.rows[line]!;
  const index = row * record.columns + token;
  const neutral = scale.fill(0);
  if (token >= record.length[row]!) return blank("padding", neutral, scale);
  if (!record.mask[index]) return blank("masked", neutral, scale);
  const perToken = figure === 3 || !values.merged;
  const value = perToken ? values.token[line]![token]! : values.sequence[line]!;
  const push = pushOf(stage, value) / domain;
  const clipped =
    stage >= 3 &&
    !covers(view.asked) &&
    view.comparison === undefined &&
    (figure === 3 ? record.tokenClipped[index] : record.sequenceClipped[row]);
  return {
    kind: clipped ? "clipped" : "value",
    value,
    sign: Math.sign(push),
    fill: clipped ? neutral : scale.fill(push),
    ink: clipped ? scale.ink(0) : scale.ink(push),
    cut: scale.fill(push),
    saturated: !clipped && Math.abs(push) > 1.0001,
  };
}

const blank = (kind: "masked" | "padding", fill: string, scale: DivergingScale): CellLook => ({
  kind,
  value: 0,
  sign: 0,
  fill,
  ink: scale.ink(0),
  cut: fill,
  saturated: false,
});

/** A cell's value as it is printed. */
export function stageNumber(
  { stage, comparison, record, figure }: CellsView,
  value: number,
): string {
  const { decimals } = comparison ?? STAGES[stage - 1]!;
  if (stage === 5) return format.signed(100 * value, decimals);
  return stage === 2
    ? ratioAt(record, figure === 3 ? "token" : "sequence", value, decimals)
    : format.signed(value, decimals);
}

/** A cell in words, for screen readers. */
export function cellLabel(view: CellsView, line: number, token: number): string {
  const { record, figure, stage } = view;
  const row = view.rows[line]!;
  const where = `row ${rowName(row)}, token ${token + 1}`;
  const look = cellLook(view, line, token);
  if (look.kind === "padding") return `${where}, padding`;
  const index = row * record.columns + token;
  const text = view.reserved(index) ?? view.text(index);
  if (look.kind === "masked") return `${where}, ${text}, masked, not in the loss`;
  const verdict = look.kind === "clipped" ? `, clipped${figure === 4 ? " with its row" : ""}` : "";
  const mark = verdictOn(view.asked, { row, token });
  const flipped = flips(record, index) > 0 ? ", other experts than in the rollout" : "";
  const marked = mark === null ? "" : `, ${VERDICT_WORDS[mark]}`;
  const { quantity } = view.comparison ?? STAGES[stage - 1]!;
  const unit = stage === 5 ? " %" : "";
  return `${where}, ${text}, ${quantity} ${stageNumber(view, look.value).trim()}${unit}${verdict}${flipped}${marked}`;
}

/** Where a key takes the active cell; null when the key is not a move. */
export function moveCell(
  view: Pick<CellsView, "rows" | "record">,
  from: Selection,
  key: string,
  shift: boolean,
): Selection | null {
  const line = view.rows.indexOf(from.row);
  const to = (nextLine: number, token: number): Selection => {
    const row = view.rows[Math.max(0, Math.min(view.rows.length - 1, nextLine))]!;
    const last = Math.max(0, view.record.length[row]! - 1);
    return { row, token: Math.max(0, Math.min(last, token)) };
  };
  const byRow = shift ? 1 : 0;
  switch (key) {
    case "ArrowRight":
      return to(line + byRow, from.token + 1 - byRow);
    case "ArrowLeft":
      return to(line - byRow, from.token - 1 + byRow);
    case "ArrowDown":
      return to(line + 1, from.token);
    case "ArrowUp":
      return to(line - 1, from.token);
    case "Home":
      return to(line, 0);
    case "End":
      return to(line, view.record.columns);
    case "PageUp":
      return to(0, from.token);
    case "PageDown":
      return to(view.rows.length - 1, from.token);
    default:
      return null;
  }
}
