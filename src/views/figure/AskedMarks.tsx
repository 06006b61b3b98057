import { markKey } from "../../store/lesson/asked.ts";
import type { CellsView } from "./cells.ts";
import { type FigureLayout, rowTop } from "./layout.ts";
import { VERDICT_SIGNS, verdictOn } from "./mark-verdict.ts";
import "./asked-marks.css";

/** The reader’s marks over the cells, or over whole rows; with the answer, what became of them. */
export function AskedMarks({ view, layout }: { view: CellsView; layout: FigureLayout }) {
  const { asked, rows, record } = view;
  if (asked === null || asked.marks === null) return null;
  const { cell, row: height } = layout;
  const boxes = rows.flatMap((row, line) => {
    const length = record.length[row]!;
    const places = asked.marks === "rows" ? [0] : Array.from({ length }, (_, token) => token);
    return places.flatMap((token) => {
      const key = markKey(asked, { row, token });
      const verdict = verdictOn(asked, { row, token });
      if (verdict === null) return [];
      const width = asked.marks === "rows" ? length * cell : cell;
      return [{ key, verdict, x: token * cell, y: rowTop(layout, line), width }];
    });
  });
  return (
    <g className="asked" aria-hidden="true">
      {boxes.map(({ key, verdict, x, y, width }) => (
        <g key={key} className={`asked-${verdict}`}>
          <rect x={x + 1} y={y + 1} width={width - 3} height={height - 3} rx={2} />
          <circle cx={x + width - 8} cy={y + 7} r={7} />
          <text x={x + width - 8} y={y + 11}>
            {VERDICT_SIGNS[verdict]}
          </text>
        </g>
      ))}
    </g>
  );
}
