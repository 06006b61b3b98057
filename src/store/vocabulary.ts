import { task } from "../engine/tasks/registry.ts";
import { useShownRun } from "./shown.ts";

const NONE: readonly string[] = [];

/** Token texts by id of the run on screen. */
export function useVocabulary(): readonly string[] {
  const run = useShownRun();
  return run === null ? NONE : (run.vocabulary ?? task(run.task).vocabulary);
}
