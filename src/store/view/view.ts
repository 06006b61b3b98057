import { create } from "zustand";
import type { StepRecord } from "../../record/record.ts";
import { browserPreference, setBrowserPreference } from "../browser/browser-preference.ts";
import type { LessonId } from "../../lessons/ids.ts";
import type { LayerChoice } from "../../analysis/flips.ts";
import type { GroupChoice } from "../../analysis/rows.ts";
import type { Selection } from "../../analysis/selection.ts";
import type { Stage } from "../../analysis/stage.ts";
import type { Phase, Stride } from "../../analysis/walk.ts";

/** What the reader looks at. Nothing here changes because training went on. */
export interface ViewState {
  /** Name of the arm whose batch is shown; null is the run's first. */
  arm: string | null;
  /** Number of the prompt group in its generation, or all; the shown batch may not hold it. Telling: chosen for each batch. */
  group: GroupChoice;
  stage: Stage;
  /** The reader's own stage, while the page shows another one for a while; null: it does not. */
  stageBefore: Stage | null;
  /** The layer whose experts stand in Figure 4's place, by its number; null: Figure 4 does. */
  experts: LayerChoice | null;
  /** How the two figures are set against each other. */
  compare: Compare;
  hover: Selection | null;
  /** What the symbol of the equation under the pointer stands for. */
  linked: Linked | null;
  pinned: Selection | null;
  /** The step the slider is pinned to; null follows training. */
  step: number | null;
  /** The part of the shown optimizer step that is lit; null lights all of it. */
  phase: Phase | null;
  /** How far one press of the step anatomy goes. */
  stride: Stride;
  /** Milliseconds a phase stays lit in slow motion; null stands still. */
  slowMs: number | null;
  /** Step under the pointer in any chart; null outside. */
  cursor: number | null;
  tab: Tab;
  /** The lesson that is open; null: none. */
  lesson: LessonId | null;
  /** The level that was just flipped, until the ε question is answered. */
  switched: Switched | null;
  /** The config panel over the stage, on windows too narrow for a column. */
  configOpen: boolean;
  /** The figures alone, large, for a projector. */
  present: boolean;
  /** Optimizer steps a second at most; null is as fast as it goes. */
  speed: number | null;
  /** "system" until chosen. */
  theme: Theme;
  /** How much of the page is open. */
  density: Density;
  /** What a learner has unfolded; at work all of it is. */
  unfolded: ReadonlySet<Part>;
  /** The explanation beside the figures, while learning; at work it is always there. */
  explaining: boolean;
  /** The table of runs takes half of the window, where it stands beside the figures. */
  wide: boolean;
}

/** Both figures; one in the other's place; Figure 4 less Figure 3; what each update does. */
export type Compare = "side" | "blink" | "difference" | "effect";
/** One cell of one row, or whole rows while `token` is null. */
export interface Linked {
  rows: readonly number[];
  token: number | null;
}
/** A flipped level and the batch that the question about ε is asked on: it does not change. */
export interface Switched {
  arm: string;
  /** The arm's newest record with k > 0; null where there is none. */
  record: StepRecord | null;
}
export type Tab = "lessons" | "equation" | "completions" | "runs" | "experiments" | "guide";
export type Theme = "system" | "light" | "dark";
/** Figure and lessons alone; or with configuration, charts and every panel. */
export type Density = "learn" | "work";
/** What lies under the figures: one row in parts, both distributions, curves, the step, texts. */
export const PARTS = ["row", "distributions", "charts", "step", "completions"] as const;
export type Part = (typeof PARTS)[number];

const THEME_KEY = "ratioscope.theme";
const DENSITY_KEY = "ratioscope.density";

const keptTheme = (): Theme => {
  const kept = browserPreference(THEME_KEY);
  return kept === "light" || kept === "dark" ? kept : "system";
};

const keptDensity = (): Density => (browserPreference(DENSITY_KEY) === "work" ? "work" : "learn");

export const initialView: ViewState = {
  arm: null,
  group: "telling",
  stage: 2,
  stageBefore: null,
  experts: null,
  compare: "side",
  hover: null,
  linked: null,
  pinned: null,
  step: null,
  phase: null,
  stride: "stage",
  slowMs: null,
  cursor: null,
  tab: "guide",
  lesson: null,
  switched: null,
  configOpen: false,
  present: false,
  speed: null,
  theme: "system",
  density: "learn",
  unfolded: new Set(),
  explaining: false,
  wide: false,
};

export const useView = create<ViewState>(() => ({
  ...initialView,
  theme: keptTheme(),
  density: keptDensity(),
}));

export const selectArm = (arm: string): void =>
  useView.setState({ arm, hover: null, pinned: null });
export const selectGroup = (group: GroupChoice): void =>
  useView.setState({ group, hover: null, pinned: null });
/** The reader's own stage: what an update does to log π stands in its place no longer. */
export const selectStage = (stage: Stage): void =>
  useView.setState(({ compare }) => ({
    stage,
    stageBefore: null,
    experts: null,
    compare: compare === "effect" ? "side" : compare,
  }));
export const selectExperts = (experts: LayerChoice): void => useView.setState({ experts });
/** Shows a stage until `restoreStage`; the reader's own one is remembered. */
export const showStage = (stage: Stage): void =>
  useView.setState((view) => ({
    stage,
    stageBefore: view.stageBefore ?? view.stage,
    experts: null,
  }));
export const restoreStage = (): void =>
  useView.setState(({ stage, stageBefore }) => ({
    stage: stageBefore ?? stage,
    stageBefore: null,
  }));
export const setCompare = (compare: Compare): void => useView.setState({ compare, experts: null });
export const setHover = (hover: Selection | null): void => useView.setState({ hover });
export const setLinked = (linked: Linked | null): void => useView.setState({ linked });
export const setPinned = (pinned: Selection | null): void =>
  useView.setState(pinned === null ? { pinned } : { pinned, tab: "equation", explaining: true });
export const pinStep = (step: number): void => useView.setState({ step });
export function returnToLive(): void {
  if (useView.getState().phase !== null) restoreStage();
  useView.setState({ step: null, phase: null });
}
export function setPhase(phase: Phase | null): void {
  if (phase === null) restoreStage();
  useView.setState({ phase });
}
export const setStride = (stride: Stride): void => useView.setState({ stride });
export const setSlowMs = (slowMs: number | null): void => useView.setState({ slowMs });
export const setCursor = (cursor: number | null): void => useView.setState({ cursor });
export const selectTab = (tab: Tab): void => useView.setState({ tab, explaining: true });
export const closeExplanation = (): void => useView.setState({ explaining: false });
export const setWide = (wide: boolean): void => useView.setState({ wide });
/** Opens a lesson where it is seen; null: the list of them. */
export const openLesson = (lesson: LessonId | null): void =>
  useView.setState({ lesson, tab: "lessons", explaining: true });
export const setSwitched = (switched: Switched | null): void => useView.setState({ switched });
export const setConfigOpen = (configOpen: boolean): void => useView.setState({ configOpen });

/** Another run is on screen: step, row and token of the one before mean nothing in it. */
export const forgetSelection = (): void =>
  useView.setState({
    step: null,
    phase: null,
    cursor: null,
    hover: null,
    pinned: null,
    switched: null,
  });

/** Chooses and keeps a theme. */
export function chooseTheme(theme: Exclude<Theme, "system">): void {
  setBrowserPreference(THEME_KEY, theme);
  useView.setState({ theme });
}

/** Chooses and keeps a density. */
export function chooseDensity(density: Density): void {
  setBrowserPreference(DENSITY_KEY, density);
  useView.setState({ density });
}

/** Unfolds a part of the step under the figures, or folds it up again. */
export function unfold(part: Part, open = true): void {
  const { unfolded } = useView.getState();
  if (unfolded.has(part) === open) return;
  const next = new Set(unfolded);
  if (open) next.add(part);
  else next.delete(part);
  useView.setState({ unfolded: next });
}
