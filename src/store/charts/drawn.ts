import type { ArmColumns } from "../../runs/columns.ts";
import type { StoredRun } from "../../runs/stored-run.ts";
import { groupBy } from "../../base/group-by.ts";
import { armMarkers, type ArmMarker } from "../run/arms.ts";
import { meanBand, type BandKind, type BandPoint } from "./band.ts";
import { smoothed, thinned, type Line } from "./line.ts";
import { columnLine, type LineSelection } from "./lines.ts";
import type { Overlay } from "../library/overlays.ts";
import { runColour } from "../library/run-colours.ts";

/** A line of a stored run's arm on a chart, or the mean of seeds with its band. */
export interface DrawnOverlay {
  key: string;
  /** The run's name, or the seed group's. */
  name: string;
  arm: string;
  marker: ArmMarker;
  /** Number of the colour and of the mark. */
  colour: number;
  /** The runs behind it. */
  ids: readonly string[];
  /** What values at the cursor are read from, smoothed where the chart is. */
  line: Line;
  /** What is drawn of `line`. */
  thin: Line;
  /** The band of a mean over seeds, thinned; null: a single run. */
  band: readonly BandPoint[] | null;
}

/** Points of overlays that a chart draws together; a line never gets fewer than the least. */
const POINTS = 6000;
const LEAST_POINTS = 100;

interface Drawing extends LineSelection {
  halfLife: number | null;
  band: BandKind;
}

/**
 * What a chart draws of stored runs, as far as they are read: a line for each arm, and of a seed
 * group with two runs or more on the chart their mean.
 */
export function drawnOverlays(
  runs: readonly StoredRun[],
  read: Readonly<Record<string, Overlay>>,
  drawing: Drawing,
): DrawnOverlay[] {
  const chosen = runs.filter(({ id }) => read[id] !== undefined);
  const bundles = [...groupBy(chosen, (run) => run.seedGroup ?? run).values()];
  const drawn = bundles.flatMap((members) =>
    members.length > 1
      ? meansOf(runs, members, read, drawing)
      : members.flatMap((run) => linesOf(runs, run, read, drawing)),
  );
  const limit = Math.max(LEAST_POINTS, Math.min(500, Math.floor(POINTS / drawn.length)));
  return drawn.map((each) => ({
    ...each,
    thin: thinned(each.line, limit),
    band: each.band === null ? null : thinnedBand(each.band, limit),
  }));
}

function linesOf(
  runs: readonly StoredRun[],
  run: StoredRun,
  read: Readonly<Record<string, Overlay>>,
  drawing: Drawing,
): DrawnOverlay[] {
  const markers = armMarkers(run.run);
  return (read[run.id]?.arms ?? []).map((columns) => {
    const line = lineOf(columns, drawing);
    return {
      key: `${run.id} ${columns.arm}`,
      name: run.name,
      arm: columns.arm,
      marker: markers[columns.arm] ?? "square",
      colour: runColour(runs, run),
      ids: [run.id],
      line,
      thin: line,
      band: null,
    };
  });
}

/** The mean of each arm that all members have. */
function meansOf(
  runs: readonly StoredRun[],
  members: readonly StoredRun[],
  read: Readonly<Record<string, Overlay>>,
  drawing: Drawing,
): DrawnOverlay[] {
  const first = members.at(-1);
  if (first === undefined) return [];
  const markers = armMarkers(first.run);
  return first.run.arms.flatMap(({ name: arm }) => {
    const columns = members.map(({ id }) => read[id]?.arms.find((each) => each.arm === arm));
    if (columns.includes(undefined)) return [];
    // Each line is smoothed on its own: the band is that of what is drawn, not of the raw values.
    const lines = columns.flatMap((each) => (each === undefined ? [] : [lineOf(each, drawing)]));
    const band = meanBand(lines, drawing.band);
    const line = band.map(({ x, step, mean }) => ({ x, step, y: mean }));
    return [
      {
        key: `${first.seedGroup} ${arm}`,
        name: first.seedGroup ?? first.name,
        arm,
        marker: markers[arm] ?? "square",
        colour: runColour(runs, first),
        ids: members.map(({ id }) => id),
        line,
        thin: line,
        band,
      },
    ];
  });
}

/** Lines that were drawn of an arm, by how: most changes leave most of a chart as it was. */
const drawnBefore = new WeakMap<ArmColumns, Map<string, Line>>();
const MOST_REMEMBERED = 24;

function lineOf(columns: ArmColumns, drawing: Drawing): Line {
  const { metric, scale, innerStep, sparse, x, halfLife } = drawing;
  const how = [metric(columns.level), scale, innerStep, sparse, x, halfLife].join();
  const known = drawnBefore.get(columns) ?? new Map<string, Line>();
  drawnBefore.set(columns, known);
  let line = known.get(how);
  if (line === undefined) {
    line = columnLine(columns, drawing);
    if (halfLife !== null) line = smoothed(line, halfLife);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(how, line);
  }
  return line;
}

/** At most `limit` points of a band; each stands for its neighbours with the widest of their reach. */
export function thinnedBand(band: readonly BandPoint[], limit: number): readonly BandPoint[] {
  if (band.length <= limit) return band;
  let stride = 2;
  while (Math.ceil(band.length / stride) > limit) stride *= 2;
  const points: BandPoint[] = [];
  for (let from = 0; from < band.length; from += stride) {
    const some = band.slice(from, from + stride);
    const low = some.reduce((least, each) => Math.min(least, each.low), Infinity);
    const high = some.reduce((most, each) => Math.max(most, each.high), -Infinity);
    points.push({ ...some[some.length >> 1]!, low, high });
  }
  return points;
}
