import { checkConfig } from "../../config/check.ts";
import type { RunConfig } from "../../config/types.ts";
import { UserError } from "../../base/user-error.ts";

/** Throws a UserError with the first thing that keeps the configuration from running. */
export function requireRunnable(run: RunConfig): void {
  const problem = checkConfig(run).find(({ severity }) => severity === "error");
  if (problem) throw new UserError(problem.message, problem.remedy, problem.fields);
}
