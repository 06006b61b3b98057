import { clipRuleAt, otherClipArm, plainEpsilonAt } from "../../analysis/clip-rule.ts";
import type { StepRecord } from "../../record/record.ts";
import type { FigureNumber } from "./cells.ts";
import type { FigureLayout } from "./layout.ts";

interface FigureNoteProps {
  record: StepRecord;
  layout: FigureLayout;
  figure: FigureNumber;
  /** In place of what the figure has one ratio for. */
  words?: string | undefined;
  /** What the figure trains; null: nothing. */
  trains: string | null;
  /** It does so from the next step on. */
  later: boolean;
}

/** Beside a figure's title, as far as there is room: what it shows, which ε judges it, what it trains. */
export function FigureNote({ record, layout, figure, words, trains, later }: FigureNoteProps) {
  const level = figure === 3 ? "token" : "sequence";
  const otherArm = otherClipArm(record, level);
  return (
    <>
      {words ?? (
        <>
          {layout.view > 340 * layout.factor && <span className="twin-note-more">one ratio </span>}
          per {figure === 3 ? "token" : "row"}
        </>
      )}
      {clipRuleAt(record, level).kind === "hard" && (
        <>
          , {plainEpsilonAt(record, level)}
          {otherArm !== null && (figure === 4 || layout.view > 260 * layout.factor) && (
            <span className="twin-epsilon">, {otherArm} arm’s</span>
          )}
        </>
      )}{" "}
      {layout.view > 260 * layout.factor && trains !== null && (
        <span className="twin-trains">
          trains {trains}
          {later ? " from the next step on" : ""}
        </span>
      )}
    </>
  );
}
