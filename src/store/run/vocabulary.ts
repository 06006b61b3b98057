import type { RunConfig } from "../../config/types.ts";
import { task } from "../../tasks/registry.ts";

const NONE: readonly string[] = [];

/** Token texts of a run, by id. */
export const vocabularyOf = (run: RunConfig | null): readonly string[] =>
  run === null ? NONE : (run.vocabulary ?? task(run.task).vocabulary);
