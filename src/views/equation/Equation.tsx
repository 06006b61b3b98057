import { Suspense } from "react";
import { hasRoutes } from "../../analysis/flips.ts";
import { clipLevelOf } from "../../record/record.ts";
import type { EquationProps } from "../figure/props.ts";
import { reservedName, shownRows, tokenText } from "../../analysis/rows.ts";
import { rowName, type Selection } from "../../analysis/selection.ts";
import { RouterPart } from "../experts/lazy.ts";
import { AcrossPart } from "./AcrossPart.tsx";
import { AdvantagePart } from "./AdvantagePart.tsx";
import { KlPart } from "./KlPart.tsx";
import { LevelPart } from "./LevelPart.tsx";
import { LossTable } from "./LossTable.tsx";
import "./equation.css";

const LEVELS = ["token", "sequence"] as const;

/** The equation of both levels with the numbers of the pinned cell, down to the loss. */
export function Equation(props: EquationProps) {
  const { record, vocabulary, measured, learns, group, pinned, onPin } = props;
  const driving = !learns ? null : clipLevelOf(record.level);
  const shown =
    pinned && pinned.row < record.rows && pinned.token < record.length[pinned.row]! ? pinned : null;
  const id = shown === null ? 0 : record.tokens[shown.row * record.columns + shown.token]!;
  return (
    <div className="eq" onKeyDown={(event) => event.key === "Escape" && onPin(null)}>
      <header className="eq-pinned">
        {shown ? (
          <>
            <h2>
              Row {rowName(shown.row)}, token {shown.token + 1}
            </h2>
            <code title={reservedName(id) ?? undefined}>{tokenText(vocabulary, id)}</code>
            <span>{measured ? `step ${record.step}` : "pinned"}</span>
            <button type="button" onClick={() => onPin(null)}>
              Release <kbd>Esc</kbd>
            </button>
          </>
        ) : (
          <p>Click a cell of a figure to see its numbers in the equation.</p>
        )}
      </header>
      <div className="eq-parts">
        {shown && <AdvantagePart record={record} row={shown.row} />}
        {LEVELS.map((level) => (
          <LevelPart
            key={level}
            record={record}
            level={level}
            drives={level === driving}
            at={shown}
          />
        ))}
        {shown && hasRoutes(record) && (
          <Suspense fallback={null}>
            <RouterPart record={record} at={shown} />
          </Suspense>
        )}
        {shown && <KlPart record={record} at={shown} />}
        {shown && measured && <AcrossPart record={record} at={shown} />}
        <LossTable
          record={record}
          row={shown?.row ?? null}
          inView={shownRows(record, group).rows[0] ?? 0}
          onRow={(row) => onPin(pinRow(row, shown))}
        />
      </div>
    </div>
  );
}

const pinRow = (row: number, shown: Selection | null): Selection =>
  shown?.row === row ? shown : { row, token: 0 };
