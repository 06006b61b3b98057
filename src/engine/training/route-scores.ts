import { UserError } from "../../base/user-error.ts";
import { createSnapshot } from "../gpu/snapshot.ts";
import { type AskedArm, lastStepOf } from "./asked-step.ts";
import { maskOf } from "./step-record.ts";

/**
 * log π of a step's tokens under the weights that the step began with, along two routes. Matrices are
 * row-major, as in StepRecord; 0 where masked.
 */
export interface RouteScores {
  arm: string;
  /** The step that was asked about, from 1. */
  step: number;
  /** Completions in its batch. */
  rows: number;
  /** Token positions of each. */
  columns: number;
  /** Along the routes that the rollout took: those that lie in the slots. [row][token] */
  logpOldRoutes: Float32Array;
  /** Along the router's own. [row][token] */
  logpOwnRoutes: Float32Array;
}

/**
 * Scores the tokens of an arm's last step along both routes, from the weights before it, and puts
 * everything back. Throws a UserError where the policy has no mixture, or the step is not at hand.
 */
export async function scoreBothRoutes(asked: AskedArm): Promise<RouteScores> {
  const { arm, device, update, before, columns } = asked;
  if (update.routing === null) {
    throw new UserError(
      `The policy of the ${arm} arm has no mixture of experts: its tokens have no routes.`,
      "Ask an arm of a mixture, such as those of the preset moe-sort.",
    );
  }
  const { slots, parts } = lastStepOf(asked);
  const mask = maskOf(parts.slices, columns);
  const along = async (routes: "old" | "free"): Promise<Float32Array> => {
    const logp = new Float32Array(mask.length);
    let at = 0;
    for (const slot of slots) {
      const scores = await update.score(slot, routes);
      logp.set(scores, at);
      at += scores.length;
    }
    return logp.map((value, i) => (mask[i] ? value : 0));
  };
  const now = createSnapshot(device, update.weights);
  try {
    update.record((encoder) => now.save(encoder));
    update.record((encoder) => before.restore(encoder));
    const logpOldRoutes = await along("old");
    const logpOwnRoutes = await along("free");
    const facts = { arm, step: parts.step, rows: mask.length / columns, columns };
    return { ...facts, logpOldRoutes, logpOwnRoutes };
  } finally {
    update.record((encoder) => now.restore(encoder));
    update.flush();
    now.destroy();
  }
}
