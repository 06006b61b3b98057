import { create } from "zustand";
import { useShallow } from "zustand/react/shallow";
import type { RunConfig } from "../../config/types.ts";
import { columnsOf, type ArmColumns } from "../../runs/columns.ts";
import type { StoredRun } from "../../runs/stored-run.ts";
import { withChanges } from "../../runs/with-changes.ts";
import { setBrowserPreference, browserPreferenceList } from "../browser/browser-preference.ts";
import { freeColour } from "./run-colours.ts";
import { editRun, useRuns, withRuns } from "./runs.ts";

/** A stored run as the charts draw it. */
export interface Overlay {
  /** When what is here was stored; a run that goes on is read again. */
  updatedAt: number;
  arms: readonly ArmColumns[];
  /** Its configuration with its live changes. */
  run: RunConfig;
}

/** Which stored runs are on the charts, and what they logged. */
export interface OverlaysState {
  /** Ids, in the order in which they were switched on. */
  on: readonly string[];
  /** By id, as far as they are read. */
  read: Readonly<Record<string, Overlay>>;
  /** The run under the pointer in the list: its lines stand out. */
  emphasised: string | null;
}

const KEPT = "ratioscope.overlaid";

export const useOverlays = create<OverlaysState>(() => ({
  on: browserPreferenceList(KEPT, (id): id is string => typeof id === "string"),
  read: {},
  emphasised: null,
}));

export const emphasise = (id: string | null): void => useOverlays.setState({ emphasised: id });

/** Switches runs on or off; they are local to this browser, and so is the choice. */
export async function overlay(ids: readonly string[], on: boolean): Promise<void> {
  useOverlays.setState((state) => {
    const others = state.on.filter((id) => !ids.includes(id));
    return { on: on ? [...others, ...ids] : others };
  });
  setBrowserPreference(KEPT, JSON.stringify(useOverlays.getState().on));
  if (on) await giveColours(ids);
  await readOverlays();
}

/** A run that comes onto the charts keeps its colour from then on, different from the others'. */
async function giveColours(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { runs } = useRuns.getState();
    const run = runs.find((each) => each.id === id);
    if (run === undefined || run.colour !== null) continue;
    const drawn = new Set(useOverlays.getState().on);
    const taken = runs.filter((each) => each.id !== id && drawn.has(each.id));
    await editRun(id, { colour: freeColour(runs, run, taken) });
  }
}

/** Reads what overlaid runs logged, where it is not here or has grown. */
export async function readOverlays(): Promise<void> {
  for (const run of overlaidRuns()) {
    if (useOverlays.getState().read[run.id]?.updatedAt === run.updatedAt) continue;
    const found = await withRuns(async (runs) => ({
      reports: await runs.reports(run.id),
      events: await runs.events(run.id),
    }));
    if (found === null) continue;
    const fresh: Overlay = {
      updatedAt: run.updatedAt,
      arms: columnsOf(found.reports, run.run),
      run: withChanges(run.run, found.events),
    };
    useOverlays.setState(({ read }) => ({ read: { ...read, [run.id]: fresh } }));
  }
  forgetRest();
}

/** The runs on the charts that are there, in the order of the list. */
function overlaidRuns(): readonly StoredRun[] {
  const on = new Set(useOverlays.getState().on);
  return useRuns.getState().runs.filter(({ id }) => on.has(id));
}

/** The runs on the charts; the same list for as long as none of them changes. */
export function useOverlaidRuns(): readonly StoredRun[] {
  const on = useOverlays((state) => state.on);
  return useRuns(useShallow(({ runs }) => runs.filter(({ id }) => on.includes(id))));
}

/** What is off takes no memory. */
function forgetRest(): void {
  useOverlays.setState(({ on, read }) => {
    const kept = Object.entries(read).filter(([id]) => on.includes(id));
    return kept.length === Object.keys(read).length ? {} : { read: Object.fromEntries(kept) };
  });
}
