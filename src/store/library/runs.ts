import { create } from "zustand";
import { sentenceOf, UserError } from "../../base/user-error.ts";
import type { TrainingDatabase } from "../../runs/database.ts";
import type { RunDatabase, StoredRun } from "../../runs/stored-run.ts";

/** What the page does with the database: what the worker writes is the worker's. */
export type PageDatabase = RunDatabase & Pick<TrainingDatabase, "budget">;

/** What the page knows of the runs that this browser keeps. */
export interface RunsState {
  status: "opening" | "open" | "failed";
  /** Newest first. */
  runs: readonly StoredRun[];
  /** When they were read, milliseconds since 1970. */
  readAt: number;
  /** Why the runs cannot be read, or the last thing asked for was not done. */
  problem: string | null;
  /** What was put into the bin on this page, the last one at the end. */
  removed: readonly { id: string; name: string }[];
  /** Bytes that all runs may take here; 0 before it is known. */
  budget: number;
  search: string;
  /** The run whose note, arms and actions are in sight. */
  expanded: string | null;
}

export const initialRuns: RunsState = {
  status: "opening",
  runs: [],
  readAt: 0,
  problem: null,
  removed: [],
  budget: 0,
  search: "",
  expanded: null,
};

export const useRuns = create<RunsState>(() => initialRuns);

export const searchRuns = (search: string): void => useRuns.setState({ search });
export const expandRun = (id: string | null): void => useRuns.setState({ expanded: id });
export const forgetProblem = (): void => useRuns.setState({ problem: null });

/** The page's one connection; what the worker writes goes over the worker's. */
let database: PageDatabase | null = null;
let opened: () => void = () => undefined;
const open = new Promise<void>((resolve) => (opened = resolve));

/** Names the database. Called once; a database that cannot be opened is said in the list. */
export async function runsComeFrom(opening: Promise<PageDatabase>): Promise<void> {
  try {
    database = await opening;
    const [runs, budget] = [await database.list(), await database.budget()];
    useRuns.setState({ runs, readAt: Date.now(), budget, status: "open" });
  } catch (error) {
    useRuns.setState({ status: "failed", problem: notReached(error) });
  } finally {
    opened();
  }
}

/** Does something with the database; what goes wrong is said in the list, and gives null. */
export async function withRuns<T>(work: (runs: RunDatabase) => Promise<T>): Promise<T | null> {
  if (database === null) return null;
  try {
    return await work(database);
  } catch (error) {
    useRuns.setState({ problem: notReached(error) });
    return null;
  }
}

/** The runs as they are stored now, read when the database is open; null: they cannot be read. */
export async function storedRuns(): Promise<StoredRun[] | null> {
  await open;
  return withRuns((runs) => runs.list());
}

/** Reads the list again. */
export async function refreshRuns(): Promise<void> {
  const listed = await withRuns((all) => all.list());
  if (listed === null) return;
  // A run that did not change stays the same object: what is drawn of it is not drawn again.
  const before = new Map(useRuns.getState().runs.map((run) => [run.id, run]));
  const runs = listed.map((run) => {
    const known = before.get(run.id);
    return known !== undefined && JSON.stringify(known) === JSON.stringify(run) ? known : run;
  });
  useRuns.setState({ runs, readAt: Date.now() });
}

type Editable = Parameters<RunDatabase["edit"]>[1];

/** Sets a run's name, note, colour or seed group. */
export const editRun = (id: string, change: Editable): Promise<void> => editRuns([id], change);

export async function editRuns(ids: readonly string[], change: Editable): Promise<void> {
  await withRuns(async (runs) => {
    for (const id of ids) await runs.edit(id, change);
  });
  await refreshRuns();
}

/** Puts a run into the bin; `undoRemove` takes it out again. */
export async function removeRun({ id, name }: StoredRun): Promise<void> {
  const done = await withRuns(async (runs) => {
    await runs.remove(id);
    return true;
  });
  if (done) useRuns.setState(({ removed }) => ({ removed: [...removed, { id, name }] }));
  await refreshRuns();
}

/** Takes the run that was last put into the bin out of it. */
export async function undoRemove(): Promise<void> {
  const last = useRuns.getState().removed.at(-1);
  if (last === undefined) return;
  const done = await withRuns(async (runs) => {
    await runs.restore(last.id);
    return true;
  });
  if (done) useRuns.setState(({ removed }) => ({ removed: removed.slice(0, -1) }));
  await refreshRuns();
}

/** A copy with everything that is stored, next to the run, and in sight. */
export async function duplicateRun(id: string): Promise<void> {
  const copy = await withRuns((runs) => runs.duplicate(id));
  await refreshRuns();
  if (copy !== null) expandRun(copy);
}

function notReached(error: unknown): string {
  if (error instanceof UserError) return sentenceOf(error);
  console.error("The runs of this browser", error);
  return `The runs of this browser could not be reached: ${error instanceof Error ? error.message : String(error)}.`;
}
