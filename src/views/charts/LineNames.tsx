import type { ArmMarker } from "../../store/run/arms.ts";
import type { ValueAxis } from "../../store/charts/axis.ts";
import type { ArmLine } from "../../store/charts/chart-lines.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
import { MARGIN, xToPixel, yToPixel } from "./geometry.ts";
import { spreadOut } from "./spread-out.ts";

interface LineNamesProps {
  /** Of the plot: the names stand at its right. */
  width: number;
  height: number;
  /** End of the x axis. */
  end: number;
  axis: ValueAxis;
  lines: readonly ArmLine[];
  markers: Readonly<Record<string, ArmMarker>>;
  /** Pixels for the names. */
  room: number;
}

/** Pixels from one name to the next, at least. */
const GAP = 14;
/** Pixels between a line and its name. */
const BESIDE = 6;

/** Each line's name at its end, beside the last value, moved apart where they would overlap. */
export function LineNames({ width, height, end, axis, lines, markers, room }: LineNamesProps) {
  const ends = lines.flatMap(({ arm, thin }) => {
    const last = thin.findLast(({ y }) => y !== undefined);
    const at = last?.y === undefined ? Number.NaN : yToPixel(last.y, axis, height);
    return last === undefined || Number.isNaN(at)
      ? []
      : [{ arm, at, left: xToPixel(last.x, end, width) }];
  });
  const places = spreadOut(
    ends.map(({ at }) => at),
    GAP,
    { low: MARGIN.top, high: height - MARGIN.bottom },
  );
  return (
    <div className="line-names" aria-hidden="true">
      {ends.map(({ arm, left }, index) => (
        <span key={arm} style={{ left: left + BESIDE, top: places[index], maxWidth: room }}>
          <ArmMark marker={markers[arm] ?? "square"} />
          <span>{arm}</span>
        </span>
      ))}
    </div>
  );
}
