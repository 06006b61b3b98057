import type { LinkProblem, View } from "../../config/link.ts";
import { nearest } from "../../config/nearest.ts";
import { BANDS, type BandKind } from "./band.ts";
import {
  type HalfLife,
  HALF_LIVES,
  initialChartView,
  MAX_ADDED,
  X_AXES,
  type ChartView,
  type XAxis,
} from "./chart-view.ts";

// The charts' part of a link: `view.x`, `view.smooth`, `view.y`, `view.band`, `view.charts`.

export const CHART_PARTS: readonly string[] = ["x", "smooth", "y", "band", "charts"];

type Chosen = Omit<ChartView, "at" | "enlarged">;

const smoothing = (halfLife: HalfLife): string => String(halfLife ?? "none");

/** What a metric may be called: TRL's names and those of reward functions. */
const METRIC = /^[A-Za-z_][\w./-]{0,79}$/;

/** The parts that differ from the usual; the names of added charts are joined by commas. */
export function chartParts({ x, halfLife, log, band, added }: Chosen): View {
  return {
    ...(x === initialChartView.x ? {} : { x }),
    ...(halfLife === initialChartView.halfLife ? {} : { smooth: smoothing(halfLife) }),
    ...(log ? { y: "log" } : {}),
    ...(band === initialChartView.band ? {} : { band }),
    ...(added.length === 0 ? {} : { charts: added.join(",") }),
  };
}

/** Reads the charts' parts of a link; what is not one of the choices is left out and reported. */
export function readChartParts(view: View): { chosen: Chosen; problems: LinkProblem[] } {
  const problems: LinkProblem[] = [];
  const choice = <T>(key: string, choices: ReadonlyMap<string, T>, usual: T): T => {
    const text = view[key];
    if (text === undefined) return usual;
    const found = choices.get(text);
    if (found !== undefined) return found;
    const names = [...choices.keys()];
    const used = names.find((name) => choices.get(name) === usual) ?? "";
    const guess = nearest(text, names);
    const why = `view.${key} is one of ${names.join(", ")}; ${used} is used.`;
    problems.push({
      key: `view.${key}`,
      value: text,
      used,
      why,
      ...(guess === undefined ? {} : { nearest: guess }),
    });
    return usual;
  };
  const chosen: Chosen = {
    x: choice<XAxis>("x", new Map(X_AXES.map((each) => [each, each])), initialChartView.x),
    halfLife: choice<HalfLife>(
      "smooth",
      new Map(HALF_LIVES.map((each) => [smoothing(each), each])),
      initialChartView.halfLife,
    ),
    log: choice(
      "y",
      new Map([
        ["linear", false],
        ["log", true],
      ]),
      false,
    ),
    band: choice<BandKind>(
      "band",
      new Map(BANDS.map((each) => [each, each])),
      initialChartView.band,
    ),
    added: addedCharts(view.charts, problems),
  };
  return { chosen, problems };
}

function addedCharts(text: string | undefined, problems: LinkProblem[]): readonly string[] {
  if (text === undefined || text === "") return [];
  const names = [...new Set(text.split(","))];
  const good = names.filter((name) => METRIC.test(name));
  const used = good.slice(0, MAX_ADDED);
  if (used.length < names.length) {
    const why =
      good.length < names.length
        ? "view.charts takes names of metrics, separated by commas; the others are left out."
        : `view.charts takes ${MAX_ADDED} names; the others are left out.`;
    problems.push({ key: "view.charts", value: text, used: used.join(","), why });
  }
  return used;
}
