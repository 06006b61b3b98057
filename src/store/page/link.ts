import type { Stage } from "../../analysis/stage.ts";
import { create } from "zustand";
import { formatLink, parseLink, type LinkProblem } from "../../config/link.ts";
import { isLessonId, LESSON_IDS } from "../../lessons/ids.ts";
import { nearest } from "../../config/nearest.ts";
import type { RunConfig } from "../../config/types.ts";
import { chartParts, CHART_PARTS, readChartParts } from "../charts/chart-link.ts";
import { useChartView } from "../charts/chart-view.ts";
import { nextRun } from "../changes/commit-field.ts";
import { openExample, useWhatIf } from "../screen/what-if.ts";
import { EMBED, EMBEDS } from "./embed.ts";
import { forgetMoment, linkedStep, type Moment, pinText, readPin, useMoment } from "./moment.ts";
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

/** Something that was found out about the link after it was read. */
export const addLinkProblem = (problem: LinkProblem): void =>
  useLink.setState(({ problems }) => ({ problems: [...problems, problem] }));

/** What a part of a link sets: the view, and what is looked at once it is there. */
interface Seen {
  view?: Partial<ViewState>;
  moment?: Partial<Moment>;
  example?: true;
}

/** How one part of the view is written and read; a text that it cannot be is undefined. */
interface ViewPart {
  write(view: ViewState): string | null;
  read(text: string, run: RunConfig): Seen | undefined;
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
    return found === undefined ? undefined : { view: set(found) };
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
    read: (arm, run) => (run.arms.some(({ name }) => name === arm) ? { view: { arm } } : undefined),
    takes: ({ arms }) => `one of ${arms.map(({ name }) => name).join(", ")}`,
  },
  stage: choice(
    STAGES,
    ({ stage }) => stage,
    (stage) => ({ stage }),
  ),
  experts: {
    write: ({ experts }) => textOf(experts),
    read: (text) => {
      if (text === "all") return { view: { experts: text } };
      return /^\d{1,3}$/.test(text) ? { view: { experts: Number(text) } } : undefined;
    },
    takes: () => "all or the number of a layer, from 0",
  },
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
      if (text === "all" || text === "telling") return { view: { group: text } };
      return /^\d{1,4}$/.test(text) ? { view: { group: Number(text) } } : undefined;
    },
    takes: () => "all, telling or the number of a group",
  },
  lesson: {
    write: ({ lesson }) => lesson,
    read: (text) =>
      isLessonId(text) ? { view: { lesson: text, tab: "lessons", explaining: true } } : undefined,
    takes: () => `one of ${LESSON_IDS.join(", ")}`,
  },
  present: {
    write: ({ present }) => (present ? "1" : null),
    read: (text) => (text === "1" ? { view: { present: true } } : undefined),
    takes: () => "1",
  },
  step: {
    write: (view) => textOf(linkedStep(view)),
    read: (text) => (/^[1-9]\d{0,6}$/.test(text) ? { moment: { step: Number(text) } } : undefined),
    takes: () => "the number of an optimizer step, from 1",
  },
  pin: {
    write: ({ pinned }) => (pinned === null ? null : pinText(pinned)),
    read: (text) => {
      const pin = readPin(text);
      return pin === undefined ? undefined : { moment: { pin } };
    },
    takes: () => "a row and a token, each from 1, as in 14-2",
  },
  example: {
    write: () => (useWhatIf.getState().example ? "1" : null),
    read: (text) => (text === "1" ? { example: true } : undefined),
    takes: () => "1",
  },
};

const textOf = (value: number | string | null): string | null =>
  value === null ? null : String(value);

/** The stage is what a link is mostly about; the density is the sender's, not what the reader's browser kept; the example is no part of the view's state. */
const ALWAYS: ReadonlySet<string> = new Set(["stage", "density", "example"]);

/** The run of a link's query, or null when there is none; its problems stay in the store. */
export function openLink(search: string): RunConfig | null {
  if (search.length < 2) return null;
  const query = new URLSearchParams(search);
  const embed = query.get(EMBED);
  query.delete(EMBED);
  if (query.size === 0 && embed !== null && isEmbed(embed)) return null;
  const { run, view, problems } = parseLink(`?${query}`);
  if (embed !== null && !isEmbed(embed)) {
    const why = `${EMBED} takes one of ${EMBEDS.join(", ")}; "${embed.slice(0, 40)}" is not, so the whole page is shown.`;
    problems.push({ key: EMBED, value: embed, used: "", why });
  }
  const charts = readChartParts(view);
  useChartView.setState(charts.chosen);
  const others = Object.entries(view).filter(([name]) => !CHART_PARTS.includes(name));
  let moment: Partial<Moment> = {};
  let example = false;
  const seen = others.flatMap(([name, value]): LinkProblem[] => {
    const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
    const read = part?.read(value, run);
    if (read !== undefined) {
      useView.setState(read.view ?? {});
      moment = { ...moment, ...read.moment };
      example ||= read.example ?? false;
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
  forgetMoment();
  if (example) openExample();
  if (example && moment.step != null) {
    const why = "The worked example has no steps; view.example=1 is shown.";
    addLinkProblem({ key: "view.step", value: String(moment.step), used: "", why });
    delete moment.step;
  }
  if (Object.keys(moment).length > 0) useMoment.setState({ ...moment, run });
  return run;
}

const isEmbed = (text: string): boolean => EMBEDS.some((each) => each === text);

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
