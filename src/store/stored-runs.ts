import { useEffect, useState } from "react";
import { openRuns } from "../runs/database.ts";
import type { StoredRun } from "../runs/stored-run.ts";

/** The runs that this browser keeps, newest first; none where it keeps nothing. */
export function useStoredRuns(): readonly StoredRun[] {
  const [runs, setRuns] = useState<readonly StoredRun[]>([]);
  useEffect(() => {
    let gone = false;
    void (async () => {
      const database = await openRuns();
      const found = await database.list();
      database.close();
      if (!gone) setRuns(found);
    })().catch((error: unknown) => console.warn("The stored runs cannot be listed", error));
    return () => {
      gone = true;
    };
  }, []);
  return runs;
}
