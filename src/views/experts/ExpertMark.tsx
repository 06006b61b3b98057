import { EXPERT_SHAPES, expertColour, markOf } from "./expert-marks.ts";

interface ExpertMarkProps {
  expert: number;
  /** Its left upper corner, and the side of its square, in CSS pixels. */
  x: number;
  y: number;
  size: number;
  /** Without a number where there is no room for one. */
  numbered: boolean;
  /** Chosen by these weights alone. */
  outlined: boolean;
}

/** One expert, in its colour and shape, with its number. */
export function ExpertMark({ expert, x, y, size, numbered, outlined }: ExpertMarkProps) {
  const shape = EXPERT_SHAPES[markOf(expert)];
  return (
    <g>
      <g transform={`translate(${x} ${y}) scale(${size / 14})`}>
        {outlined && <path className="expert-ring" d={shape} />}
        {outlined && <path className="expert-gap" d={shape} />}
        <path d={shape} style={{ fill: expertColour(expert) }} />
      </g>
      {numbered && (
        <text className="expert-number" x={x + size / 2} y={y + size / 2} dy="0.36em">
          {expert}
        </text>
      )}
    </g>
  );
}

/** The same in a line of text. */
export function ExpertChip({ expert, outlined = false }: { expert: number; outlined?: boolean }) {
  return (
    <svg className="expert-chip" viewBox="-3 -3 20 20" role="img" aria-label={`expert ${expert}`}>
      <ExpertMark expert={expert} x={0} y={0} size={14} numbered outlined={outlined} />
    </svg>
  );
}
