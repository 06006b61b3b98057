import type { StoppedRun } from "../engine/run/run.ts";
import type { StepRecord, StepReport } from "../record/record.ts";
import type { TrainingDatabase } from "../runs/database.ts";
import {
  resumable,
  type StoredCheckpoint,
  type StoredEvent,
  type StoredRun,
} from "../runs/stored-run.ts";
import { NotResumedError } from "./failure.ts";

/** Bytes of records that go to the page when a run is taken up. */
export const RESUMED_BYTES = 32 * 2 ** 20;
/** Reports that go to the page: of longer runs, every n-th generation. */
const REPORTS = 16_000;

/** The stored run of that id, or those that can go on, trained last first. At least one. */
export async function findStored(
  database: TrainingDatabase,
  id: string | null,
): Promise<StoredRun[]> {
  const found = id === null ? resumable(await database.list()) : [await database.get(id)];
  const [first = null] = found;
  if (first === null) {
    throw new NotResumedError(
      id === null ? "No unfinished run is stored here." : "The run is not stored here any more.",
      "Start a new one.",
    );
  }
  if (first.origin === "imported-log") {
    throw new NotResumedError(
      `"${first.name}" was imported from a log, which holds no weights to go on from.`,
      "Start a new run with its configuration.",
    );
  }
  return found.filter((run) => run !== null);
}

/** Where a stored run stopped: its checkpoint, and the changes that this does not have in it. */
export function stoppedRun(
  step: number,
  events: readonly StoredEvent[],
  stored: StoredCheckpoint | null,
): StoppedRun {
  const changes = events
    .filter((event) => stored === null || !isIn(stored, event))
    // An event tells the step from which on a change holds: it was made when the one before was done.
    .flatMap(({ kind, step: from, arm, fields }) =>
      kind === "change" && fields !== null ? [{ step: from - 1, arm, fields }] : [],
    );
  return { checkpoint: stored?.checkpoint ?? null, changes, step };
}

const isIn = ({ events, step }: StoredCheckpoint, event: StoredEvent): boolean =>
  events === undefined ? event.step <= step : event.at < events;

/** With those of the step that the run stands at, where they are not among them. */
export const withLast = (
  records: readonly StepRecord[],
  last: readonly StepRecord[],
): StepRecord[] => (records.at(-1)?.step === last[0]?.step ? [...records] : [...records, ...last]);

/** Whole generations, evenly, until they are few enough. */
export function sampleReports(reports: readonly StepReport[], most = REPORTS): StepReport[] {
  const newest = reports.at(-1)?.generation ?? 0;
  const stride = Math.ceil(reports.length / most);
  return reports.filter(({ generation }) => (newest - generation) % stride === 0);
}
