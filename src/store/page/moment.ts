import { create } from "zustand";
import { rowName, type Selection } from "../../analysis/selection.ts";
import type { RunConfig } from "../../config/types.ts";
import { nearestRetained } from "../../record/retained-records.ts";
import { useDisplay } from "../screen/display.ts";
import { useWhatIf } from "../screen/what-if.ts";
import type { ViewState } from "../view/view.ts";

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
