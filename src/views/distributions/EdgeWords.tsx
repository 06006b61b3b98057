import type { EndWords } from "../../analysis/band-zoom.ts";

interface EdgeWordsProps extends EndWords {
  left: number;
  right: number;
  y: number;
}

/** At the ends of a zoomed axis: what lies beyond, counted, and how far. */
export const EdgeWords = ({ low, high, left, right, y }: EdgeWordsProps) => (
  <>
    <text className="dist-edge" x={left} y={y}>
      {low}
    </text>
    <text className="dist-edge dist-side-high" x={right} y={y}>
      {high}
    </text>
  </>
);
