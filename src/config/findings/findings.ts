import { checkGuarded } from "../check.ts";
import type { Finding } from "../finding.ts";
import { guarded, trusting, type Known } from "../guard.ts";
import { perArm } from "../per-arm.ts";
import { lazyPlan } from "../step-plan.ts";
import type { RunConfig } from "../types.ts";
import * as batch from "./batch.ts";
import * as defaults from "./defaults.ts";
import type { Rule } from "./fact.ts";
import * as loss from "./loss.ts";
import * as optimizer from "./optimizer.ts";
import * as ratio from "./ratio.ts";
import * as routing from "./routing.ts";

/** Every rule, in the order in which findings are shown within their severity. */
export const rules: readonly Rule[] = [ratio, loss, routing, batch, optimizer, defaults].flatMap(
  (each) => Object.values<Rule>(each),
);

const ORDER = { error: 0, warning: 1, note: 2 };

/**
 * What this configuration will do that its reader may not expect. What keeps it from starting comes
 * first and alone: the rest would be about a run that cannot be. Of a configuration that was read,
 * `known` says what was not; nothing that rests on it is found.
 */
export function findings(run: RunConfig, known?: Known): Finding[] {
  const guard = known ? guarded(run, known) : trusting(run);
  const errors = checkGuarded(run, guard);
  if (errors.length > 0) return errors;
  const read = (...names: readonly string[]) =>
    names.every((name) => known?.unread.has(name) !== true);
  const found = perArm(run, (config) =>
    rules.flatMap((rule) =>
      guard(config, (watched, launch) => {
        const plan = lazyPlan(watched, run.datasetSize);
        const fact = rule({ config: watched, run, plan, launch, known: read });
        return fact ? [fact] : [];
      }),
    ),
  );
  return found.toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}
