import type { ReactNode } from "react";
import { clipRuleAt, epsilonAt, otherClipArm } from "../../analysis/clip-rule.ts";
import type { StepRecord } from "../../record/record.ts";
import type { FigureNumber } from "./cells.ts";
import type { FigureLayout } from "./layout.ts";

// A learner has the rest of it in the sentence above.
const RATIO = <span className="twin-note-more">one ratio </span>;
export const PER_TOKEN = <>{RATIO}per token</>;
export const PER_ROW = <>{RATIO}per row</>;

interface FigureNoteProps {
  record: StepRecord;
  layout: FigureLayout;
  figure: FigureNumber;
  words: ReactNode;
  /** The arm that the figure trains; null: none. */
  trains: string | null;
  /** It does so from the next step on. */
  later: boolean;
}

/** Beside a figure's title, as far as there is room: what it shows, whose ε judges it, what it trains. */
export function FigureNote({ record, layout, figure, words, trains, later }: FigureNoteProps) {
  return (
    <>
      <Headed {...{ record, layout, figure, words }} />{" "}
      {layout.view > 260 * layout.factor && trains !== null && (
        <span className="twin-trains">
          trains {trains}
          {later ? " from the next step on" : ""}
        </span>
      )}
    </>
  );
}

/** Whose ε the figure is judged by, where that is not the arm's own; alone where room is short. */
function Headed({
  record,
  layout,
  figure,
  words,
}: Pick<FigureNoteProps, "record" | "layout" | "figure" | "words">) {
  const level = figure === 3 ? "token" : "sequence";
  if (clipRuleAt(record, level).kind !== "hard" || otherClipArm(record, level) === null)
    return words;
  const room = layout.view > 340 * layout.factor;
  return (
    <>
      {room && words}
      <span className="twin-epsilon">
        {room && "; "}
        {epsilonAt(record, level)}
      </span>
    </>
  );
}
