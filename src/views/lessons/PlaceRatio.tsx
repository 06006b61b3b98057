import * as format from "../../analysis/format.ts";
import type { Question } from "../../lessons/lesson.ts";

interface PlaceProps {
  question: Extract<Question, { kind: "place" }>;
  /** Where the handle is; null: not moved yet. */
  ratio: number | null;
  revealed: boolean;
  onPlace(ratio: number): void;
}

/** Half of the handle's width: it never hangs over the ends of its line. */
const INSET = 8;
const HEIGHT = 34;
const STEPS = 200;

/** A handle on a logarithmic line of ratios, with what is known marked on it. */
export function PlaceRatio({ question, ratio, revealed, onPlace }: PlaceProps) {
  const { reach, marks, right, ask, within } = question;
  const share = (at: number): string =>
    `calc(${INSET}px + ${((Math.log(at) / reach + 1) / 2).toFixed(4)} * (100% - ${2 * INSET}px))`;
  const text = ratio === null ? "not placed yet" : format.ratio(ratio);
  return (
    <div className="lesson-place">
      <div className="lesson-line" style={{ height: HEIGHT }} aria-hidden="true">
        {marks.map(({ ratio: at, name }) => (
          <i key={name} className="lesson-known" style={{ left: share(at) }} title={name} />
        ))}
        <i className="lesson-one" style={{ left: share(1) }} />
        {revealed && (
          <i
            className="lesson-within"
            style={{
              left: share(right * Math.exp(-within)),
              right: `calc(100% - ${share(right * Math.exp(within))})`,
            }}
          />
        )}
        {revealed && <i className="lesson-true" style={{ left: share(right) }} />}
      </div>
      <input
        type="range"
        aria-label={ask}
        aria-valuetext={text}
        min={-reach}
        max={reach}
        step={reach / STEPS}
        value={ratio === null ? 0 : Math.log(ratio)}
        disabled={revealed}
        // Where the handle already stands, a press changes nothing and is an answer all the same.
        onPointerUp={({ currentTarget: { valueAsNumber } }) => onPlace(Math.exp(valueAsNumber))}
        onChange={({ currentTarget: { valueAsNumber } }) => onPlace(Math.exp(valueAsNumber))}
      />
      <p className="lesson-scale">
        <span className="num">{format.ratio(Math.exp(-reach))}</span>
        <span>
          Yours: <b className="num">{text}</b>
          {revealed && (
            <>
              , it is <b className="num">{format.ratio(right)}</b>
            </>
          )}
        </span>
        <span className="num">{format.ratio(Math.exp(reach))}</span>
      </p>
      <p className="quiet">
        {format.percent(Math.exp(within) - 1, 0)} off, to either side, still counts as right.
      </p>
      <p className="visually-hidden">
        Known: {marks.map(({ ratio: at, name }) => `${name} ${format.ratio(at)}`).join(", ")}.
      </p>
    </div>
  );
}
