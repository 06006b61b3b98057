import { aspectOf } from "./mark-grid.ts";
import { EXPERT_SHAPES, expertColour, markOf } from "./expert-marks.ts";

interface ExpertMarkProps {
  expert: number;
  /** Its left upper corner and its sides, in CSS pixels. */
  x: number;
  y: number;
  width: number;
  height: number;
  /** Without a number where there is no room for one. */
  numbered: boolean;
  /** Chosen by these weights alone. */
  outlined: boolean;
}

/** One expert, in its colour and shape, with its number. */
export function ExpertMark(props: ExpertMarkProps) {
  const { expert, x, y, width, height, numbered, outlined } = props;
  const shape = EXPERT_SHAPES[markOf(expert)];
  return (
    <g>
      <g transform={`translate(${x} ${y}) scale(${width / 14} ${height / 14})`}>
        {outlined && <path className="expert-ring" d={shape} />}
        {outlined && <path className="expert-gap" d={shape} />}
        <path d={shape} style={{ fill: expertColour(expert) }} />
      </g>
      {numbered && (
        <text className="expert-number" x={x + width / 2} y={y + height / 2} dy="0.36em">
          {expert}
        </text>
      )}
    </g>
  );
}

/** The same in a line of text. */
export function ExpertChip({ expert, outlined = false }: { expert: number; outlined?: boolean }) {
  const width = 14 * aspectOf(expert);
  return (
    <svg
      className="expert-chip"
      viewBox={`-3 -3 ${width + 6} 20`}
      role="img"
      aria-label={`expert ${expert}`}
    >
      <ExpertMark {...{ expert, width, outlined }} x={0} y={0} height={14} numbered />
    </svg>
  );
}
