import { useEffect, useState } from "react";
import type { StoredEvent, StoredRun } from "../../runs/stored-run.ts";
import { withRuns } from "./runs.ts";

/** What happened to a stored run; empty until it is read, and read again when the run goes on. */
export function useStoredEvents({
  id,
  updatedAt,
}: Pick<StoredRun, "id" | "updatedAt">): readonly StoredEvent[] {
  const [events, setEvents] = useState<readonly StoredEvent[]>([]);
  useEffect(() => {
    let gone = false;
    void withRuns((runs) => runs.events(id)).then((found) => {
      if (!gone && found !== null) setEvents(found);
    });
    return () => {
      gone = true;
    };
  }, [id, updatedAt]);
  return events;
}
