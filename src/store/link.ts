import { create } from "zustand";
import { formatLink, parseLink, type LinkProblem, type View } from "../config/link.ts";
import { nearest } from "../config/nearest.ts";
import type { RunConfig } from "../config/types.ts";
import { CHART_PARTS, chartParts, readChartParts } from "./chart-link.ts";
import { useChartView } from "./chart-view.ts";
import { nextRun } from "./commit-field.ts";
import { useView, type Stage } from "./view.ts";

/** What the link that opened the page held and could not be used. */
export const useLink = create<{ problems: readonly LinkProblem[] }>(() => ({ problems: [] }));

export const forgetLinkProblems = (): void => useLink.setState({ problems: [] });

const STAGES: Readonly<Record<string, Stage>> = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5 };

/** The run of a link's query, or null when there is none; its problems stay in the store. */
export function openLink(search: string): RunConfig | null {
  if (search.length < 2) return null;
  const { run, view, problems } = parseLink(search);
  const charts = readChartParts(view);
  useChartView.setState(charts.chosen);
  useLink.setState({ problems: [...problems, ...charts.problems, ...unknownViews(view)] });
  const stage = STAGES[view.stage ?? ""];
  if (stage !== undefined) useView.setState({ stage });
  if (view.present === "1") useView.setState({ present: true });
  if (run.arms.some(({ name }) => name === view.arm)) useView.setState({ arm: view.arm ?? null });
  return run;
}

const VIEWS = ["arm", "stage", "present", ...CHART_PARTS];

/** Parts of the view that no part of the page knows. */
const unknownViews = (view: View): LinkProblem[] =>
  Object.entries(view)
    .filter(([name]) => !VIEWS.includes(name))
    .map(([name, value]) => {
      const guess = nearest(name, VIEWS);
      const why = `There is no view named "${name}"; it is left out.`;
      const facts = { key: `view.${name}`, value, used: "", why };
      return guess === undefined ? facts : { ...facts, nearest: `view.${guess}` };
    });

/** The address that opens what the page shows, changes that wait for a reset included. */
export function linkOf(): string | null {
  const run = nextRun();
  if (run === null) return null;
  const { arm, stage, present } = useView.getState();
  const view: View = {
    ...(arm === null ? {} : { arm }),
    stage: String(stage),
    ...(present ? { present: "1" } : {}),
    ...chartParts(useChartView.getState()),
  };
  return new URL(formatLink(run, view), location.href).href;
}
