import type { RunConfig } from "../../config/types.ts";
import type { PolicyShape } from "./shape.ts";
import type { Task } from "../../tasks/task.ts";

/** The policy of a run: its vocabulary is the task's. */
export const policyShape = (run: RunConfig, task: Task): PolicyShape => ({
  ...run.policy,
  vocab: task.vocabulary.length,
  padTokenId: null,
});
