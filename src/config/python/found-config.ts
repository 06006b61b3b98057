import type { Entries } from "./entries.ts";
import type { Node } from "./python-literal.ts";

/** The settings of a script's configuration, and where they stand. */
export interface FoundConfig {
  /** The calls or the dicts that it is made by. */
  nodes: readonly Node[];
  format: "python" | "dict";
  callee: string | null;
  entries: Entries;
  notes: readonly string[];
}
