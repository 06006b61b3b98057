import { rowName, type Selection } from "../../analysis/selection.ts";
import type { LinkProblem } from "../../config/link.ts";
import type { StepRecord } from "../../record/record.ts";
import { step as train } from "../run/actions.ts";
import { listen, useRun } from "../run/run-store.ts";
import { useDisplay } from "../screen/display.ts";
import { shownRecord } from "../screen/screen.ts";
import { goTo } from "../screen/step-through.ts";
import { useWhatIf } from "../screen/what-if.ts";
import { useView } from "../view/view.ts";
import { forgetMoment, pinText, useMoment } from "./moment.ts";

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
  arrive();
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
