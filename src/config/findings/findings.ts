import { checkConfig } from "../check.ts";
import type { Finding } from "../finding.ts";
import { perArm } from "../per-arm.ts";
import { stepPlan } from "../step-plan.ts";
import type { RunConfig } from "../types.ts";
import * as batch from "./batch.ts";
import * as defaults from "./defaults.ts";
import type { Rule } from "./fact.ts";
import * as loss from "./loss.ts";
import * as optimizer from "./optimizer.ts";
import * as ratio from "./ratio.ts";

/** Every rule, in the order in which findings are shown within their severity. */
export const rules: readonly Rule[] = [ratio, loss, batch, optimizer, defaults].flatMap((each) =>
  Object.values<Rule>(each),
);

const ORDER = { error: 0, warning: 1, note: 2 };

/**
 * What this configuration will do that its reader may not expect. What keeps it from starting comes
 * first and alone: the rest would be about a run that cannot be.
 */
export function findings(run: RunConfig): Finding[] {
  const errors = checkConfig(run);
  if (errors.length > 0) return errors;
  const found = perArm(run, (config) => {
    const subject = { config, run, plan: stepPlan(config, run.datasetSize) };
    return rules.flatMap((rule) => {
      const fact = rule(subject);
      return fact ? [fact] : [];
    });
  });
  return found.toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}
