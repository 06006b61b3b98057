import type { RunConfig } from "../config/types.ts";
import { runName } from "../runs/run-name.ts";
import type { StoredRun } from "../runs/stored-run.ts";

/** A run that nothing is stored of yet. */
export const newStoredRun = (
  run: RunConfig,
  facts: Pick<StoredRun, "build" | "adapter" | "family" | "parameters" | "totalSteps">,
): StoredRun => ({
  id: crypto.randomUUID(),
  name: runName(run, new Date()),
  note: "",
  colour: null,
  seedGroup: null,
  parent: null,
  origin: "trained",
  run,
  ...facts,
  createdAt: Date.now(),
  updatedAt: Date.now(),
  status: "unfinished",
  step: 0,
  tokens: 0,
  elapsedMs: 0,
  bytes: 0,
  thinned: null,
  deletedAt: null,
});
