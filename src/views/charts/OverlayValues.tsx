import type { DrawnOverlay } from "../../store/charts/drawn.ts";
import type { BandPoint } from "../../store/charts/band.ts";
import { useChartView } from "../../store/charts/chart-view.ts";
import { valueAt } from "../../store/charts/line.ts";
import { groupBy } from "../../base/group-by.ts";
import { ArmMark } from "../controls/ArmMark.tsx";
import { RunMark } from "../controls/RunMark.tsx";
import { fixed, general } from "../../analysis/format.ts";
import { xToPixel } from "./geometry.ts";
import { xText } from "./x-text.ts";

/** Runs that are listed; the rest is counted. */
const MOST_LISTED = 8;

interface OverlayValuesProps {
  width: number;
  end: number;
  at: number;
  overlays: readonly DrawnOverlay[];
  decimals: number | null;
}

/** The values of the stored runs at the cursor, beside it. */
export function OverlayValues({ width, end, at, overlays, decimals }: OverlayValuesProps) {
  const unit = useChartView((view) => view.x);
  const runs = [...groupBy(overlays, ({ ids }) => ids.join()).values()];
  const x = xToPixel(Math.min(at, end), end, width);
  const side = x > width / 2 ? { right: width - x + 10 } : { left: x + 10 };
  const write = (value: number | undefined): string =>
    value === undefined ? "–" : decimals === null ? general(value) : fixed(value, decimals);
  return (
    <div className="chart-tip tip" style={side}>
      <b>{xText(at, unit)}</b>
      <ul>
        {runs.slice(0, MOST_LISTED).map((arms) => (
          <li key={arms[0]!.key}>
            <RunMark colour={arms[0]!.colour} />
            <span className="chart-tip-name">{arms[0]!.name}</span>
            {arms.map(({ key, marker, arm, line, band }) => (
              <span key={key} className="num">
                <ArmMark marker={marker} />
                <span className="visually-hidden">{arm}</span>
                {write(valueAt(line, at))}
                {band === null ? null : reach(band, at, write)}
              </span>
            ))}
          </li>
        ))}
      </ul>
      {runs.length > MOST_LISTED ? <p>and {runs.length - MOST_LISTED} more</p> : null}
    </div>
  );
}

/** What the band spans at the cursor. */
function reach(band: readonly BandPoint[], at: number, write: (value: number) => string): string {
  const here = band.findLast(({ x }) => x <= at);
  return here === undefined ? "" : ` (${write(here.low)} to ${write(here.high)})`;
}
