import { withFields } from "../config/live-change.ts";
import type { RunConfig } from "../config/types.ts";
import type { StoredEvent } from "./stored-run.ts";

/** The run as it stands after the live changes among its events. */
export const withChanges = (run: RunConfig, events: readonly StoredEvent[]): RunConfig =>
  events
    .filter(({ kind }) => kind === "change")
    .reduce((changed, { arm, fields }) => withFields(changed, arm, fields ?? {}), run);
