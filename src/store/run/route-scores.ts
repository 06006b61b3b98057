import { create } from "zustand";
import { sentenceOf } from "../../base/user-error.ts";
import type { RouteScores } from "../../engine/training/route-scores.ts";
import type { StepRecord } from "../../record/record.ts";
import { ask, failureIn } from "./actions.ts";
import { receive } from "./run-store.ts";

/** What is known of a record's tokens along both routes. */
export type AskedRoutes =
  | { status: "waiting" }
  | { status: "found"; scores: RouteScores }
  | { status: "failed"; why: string };

interface RoutesState {
  /** Of the record that was last asked about: its logp, which no other record has. */
  of: StepRecord["logp"] | null;
  asked: AskedRoutes;
}

export const useRoutes = create<RoutesState>(() => ({ of: null, asked: { status: "waiting" } }));

/** What was asked of the record; null: nothing was. */
export const askedRoutes = ({ of, asked }: RoutesState, { logp }: StepRecord): AskedRoutes | null =>
  of === logp ? asked : null;

/** Asks for log π of the record's tokens along both routes; training stands still for it. */
export async function askRouteScores({ arm, step, logp }: StepRecord): Promise<void> {
  useRoutes.setState({ of: logp, asked: { status: "waiting" } });
  const asked = await ask({ type: "route-scores", arm, step }).then(
    (scores): AskedRoutes => ({ status: "found", scores }),
    (error: unknown): AskedRoutes => ({ status: "failed", why: sentenceOf(failureIn(error)) }),
  );
  receive({ type: "answered" });
  // Who has asked about another record since waits for that one.
  if (useRoutes.getState().of === logp) useRoutes.setState({ asked });
}
