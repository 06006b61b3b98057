import { create } from "zustand";
import { rowName, type Selection } from "../../analysis/selection.ts";
import type { LinkProblem } from "../../config/link.ts";
import type { RunConfig } from "../../config/types.ts";
import { nearestRetained } from "../../record/retained-records.ts";
import type { StepRecord } from "../../record/record.ts";
import { step as train } from "../run/actions.ts";
import { listen, useRun } from "../run/run-store.ts";
import { useDisplay } from "../screen/display.ts";
import { shownRecord } from "../screen/screen.ts";
import { goTo } from "../screen/step-through.ts";
import { useWhatIf } from "../screen/what-if.ts";
import { useView, type ViewState } from "../view/view.ts";

/** What a link looks at, until the page has it on screen. */
export interface Moment {
  /** The run that the link is of; null: it looks at nothing, or it is on screen. */
  run: RunConfig | null;
  /** Optimizer step; null: whatever is on screen. */
  step: number | null;
  /** The cell that is pinned there. */
  pin: Selection | null;
}

const NOTHING: Moment = { run: null, step: null, pin: null };

export const useMoment = create<Moment>(() => NOTHING);

export const forgetMoment = (): void => useMoment.setState(NOTHING);

/** "14-2" of row 14, token 2, as they are called on screen. */
export const pinText = ({ row, token }: Selection): string => `${rowName(row)}-${token + 1}`;

/** The cell of such a text; undefined where it is none. */
export function readPin(text: string): Selection | undefined {
  const [, row, token] = /^([1-9]\d{0,4})-([1-9]\d{0,4})$/.exec(text) ?? [];
  return row === undefined ? undefined : { row: Number(row) - 1, token: Number(token) - 1 };
}

/** The step that a link of this view names: one that the reader went to, or pinned a cell of. */
export function linkedStep({ step, pinned }: ViewState): number | null {
  if (useWhatIf.getState().example || (step === null && pinned === null)) return null;
  return nearestRetained(useDisplay.getState().kept, step)?.step ?? null;
}

/**
 * Goes to what a link looks at once it can be shown; nothing is trained for it. Once. `problem` is
 * told of a cell that the step has not got.
 */
export function followMoment(problem: (problem: LinkProblem) => void): void {
  const arrive = (): void => {
    const { run, step, pin } = useMoment.getState();
    if (run === null || useRun.getState().viewedRun !== null) return;
    const { of } = useWhatIf.getState();
    const { kept } = useDisplay.getState();
    const there = step === null ? kept.length > 0 : kept.some((each) => each.step === step);
    if (of === null && !there) return;
    forgetMoment();
    if (of === null && step !== null) goTo({ step, phase: null });
    const record = of ?? shownRecord(kept, step, useView.getState().arm);
    if (pin === null || record === null) return;
    const why = missing(record, pin);
    if (why === null) useView.setState({ pinned: pin });
    else problem({ key: "view.pin", value: pinText(pin), used: "", why });
  };
  // What the event that brought the step leaves behind is forgotten first.
  useDisplay.subscribe(() => queueMicrotask(arrive));
  useMoment.subscribe(() => queueMicrotask(arrive));
  listen((event) => {
    if (event.type === "loading" && event.run !== useMoment.getState().run) forgetMoment();
  });
}

/** Why a record has no such cell, or null. */
function missing({ rows, length, step }: StepRecord, { row, token }: Selection): string | null {
  if (row >= rows) return `view.pin names row ${rowName(row)}; step ${step} has ${rows} rows.`;
  const tokens = length[row]!;
  if (token < tokens) return null;
  return `view.pin names token ${token + 1}; row ${rowName(row)} of step ${step} has ${tokens}.`;
}

/** Trains up to the step that the link looks at, or the run's last, and stands still there. */
export function trainToMoment(): void {
  const { step } = useMoment.getState();
  const run = useRun.getState();
  if (step !== null) train(Math.min(step, run.totalSteps) - run.step);
}
