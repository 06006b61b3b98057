import type { Stage } from "../../analysis/stage.ts";
import { create } from "zustand";
import { formatLink, parseLink, type LinkProblem } from "../../config/link.ts";
import { isLessonId, LESSON_IDS } from "../../lessons/ids.ts";
import { nearest } from "../../config/nearest.ts";
import type { RunConfig } from "../../config/types.ts";
import { chartParts, CHART_PARTS, readChartParts } from "../charts/chart-link.ts";
import { useChartView } from "../charts/chart-view.ts";
import { nextRun } from "../changes/commit-field.ts";
import {
  initialView,
  useView,
  type Compare,
  type Density,
  type Tab,
  type ViewState,
} from "../view/view.ts";

/** What the link that opened the page held and could not be used. */
export const useLink = create<{ problems: readonly LinkProblem[] }>(() => ({ problems: [] }));

export const forgetLinkProblems = (): void => useLink.setState({ problems: [] });

/** How one part of the view is written and read; a text that it cannot be is undefined. */
interface ViewPart {
  write(view: ViewState): string | null;
  read(text: string, run: RunConfig): Partial<ViewState> | undefined;
  /** What it can be, for a link that has something else. */
  takes(run: RunConfig): string;
}

const choice = <T extends string | number>(
  choices: readonly T[],
  get: (view: ViewState) => T,
  set: (value: T) => Partial<ViewState>,
): ViewPart => ({
  write: (view) => String(get(view)),
  read: (text) => {
    const found = choices.find((each) => String(each) === text);
    return found === undefined ? undefined : set(found);
  },
  takes: () => `one of ${choices.join(", ")}`,
});

const STAGES: readonly Stage[] = [1, 2, 3, 4, 5];
const COMPARES: readonly Compare[] = ["side", "blink", "difference", "effect"];
const DENSITIES: readonly Density[] = ["learn", "work"];
const TABS: readonly Tab[] = ["lessons", "equation", "completions", "runs", "experiments", "guide"];

/** What a link says of the view and the selection, by the name after `view.`. */
const parts: Readonly<Record<string, ViewPart>> = {
  arm: {
    write: ({ arm }) => arm,
    read: (arm, run) => (run.arms.some(({ name }) => name === arm) ? { arm } : undefined),
    takes: ({ arms }) => `one of ${arms.map(({ name }) => name).join(", ")}`,
  },
  stage: choice(
    STAGES,
    ({ stage }) => stage,
    (stage) => ({ stage }),
  ),
  compare: choice(
    COMPARES,
    ({ compare }) => compare,
    (compare) => ({ compare }),
  ),
  tab: choice(
    TABS,
    ({ tab }) => tab,
    (tab) => ({ tab }),
  ),
  density: choice(
    DENSITIES,
    ({ density }) => density,
    (density) => ({ density }),
  ),
  group: {
    write: ({ group }) => String(group),
    read: (text) => {
      if (text === "all" || text === "telling") return { group: text };
      return /^\d{1,4}$/.test(text) ? { group: Number(text) } : undefined;
    },
    takes: () => "all, telling or the number of a group",
  },
  lesson: {
    write: ({ lesson }) => lesson,
    read: (text) =>
      isLessonId(text) ? { lesson: text, tab: "lessons", explaining: true } : undefined,
    takes: () => `one of ${LESSON_IDS.join(", ")}`,
  },
  present: {
    write: ({ present }) => (present ? "1" : null),
    read: (text) => (text === "1" ? { present: true } : undefined),
    takes: () => "1",
  },
};

/** The stage is what a link is mostly about; the density is the sender's, not what the reader's browser kept. */
const ALWAYS: ReadonlySet<string> = new Set(["stage", "density"]);

/** The run of a link's query, or null when there is none; its problems stay in the store. */
export function openLink(search: string): RunConfig | null {
  if (search.length < 2) return null;
  const { run, view, problems } = parseLink(search);
  const charts = readChartParts(view);
  useChartView.setState(charts.chosen);
  const others = Object.entries(view).filter(([name]) => !CHART_PARTS.includes(name));
  const seen = others.flatMap(([name, value]): LinkProblem[] => {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
    const read = part?.read(value, run);
    if (read !== undefined) {
      useView.setState(read);
      return [];
    }
    const why = part
      ? `view.${name} takes ${part.takes(run)}; "${value.slice(0, 40)}" is not.`
      : `view.${name.slice(0, 40)} is no part of the view.`;
    const guess = part ? undefined : nearest(name, [...Object.keys(parts), ...CHART_PARTS]);
    const problem = { key: `view.${name}`, value, used: "", why };
    return [guess === undefined ? problem : { ...problem, nearest: `view.${guess}` }];
  });
  useLink.setState({ problems: [...problems, ...charts.problems, ...seen] });
  return run;
}

/** The address that opens what the page shows, changes that wait for a reset included. */
export function linkOf(): string | null {
  const run = nextRun();
  if (run === null) return null;
  const now = useView.getState();
  const view: Record<string, string> = { ...chartParts(useChartView.getState()) };
  for (const [name, { write }] of Object.entries(parts)) {
    const text = write(now);
    if (text !== null && (ALWAYS.has(name) || text !== write(initialView))) view[name] = text;
  }
  return new URL(formatLink(run, view), location.href).href;
}
