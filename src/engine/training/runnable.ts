import { checkConfig } from "../../config/check.ts";
import type { RunConfig } from "../../config/types.ts";
import { UserError } from "../../base/user-error.ts";
import type { Task } from "../../tasks/task.ts";

/** Throws a UserError with the first thing that keeps the configuration from running with its task. */
export function requireRunnable(run: RunConfig, own: Task | null): void {
  const problem = checkConfig(run, own).find(({ severity }) => severity === "error");
  if (problem) throw new UserError(problem.message, problem.remedy, problem.fields);
}
