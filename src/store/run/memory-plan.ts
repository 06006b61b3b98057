import { create } from "zustand";
import type { RunConfig } from "../../config/types.ts";
import type { MemoryPlan } from "../../engine/run/memory-plan.ts";
import type { Failure } from "../../worker/protocol.ts";
import { ask, failureIn } from "./actions.ts";
import { listen } from "./run-store.ts";

/** What runs hold on the GPU, as it was known before anything was allocated. */
export interface MemoryPlans {
  /** Of the run that is built or trains; null before the first. */
  held: MemoryPlan | null;
  /** Of the run that was last asked about, or why it is refused; null until it is known. */
  asked: { plan: MemoryPlan } | { refusal: Failure } | null;
}

export const useMemoryPlans = create<MemoryPlans>(() => ({ held: null, asked: null }));

listen((event) => {
  if (event.type === "planned") useMemoryPlans.setState({ held: event.plan });
});

let questions = 0;

/** Asks what a run would hold; the answer comes into `asked`, unless another was asked since. */
export async function askPlan(run: RunConfig): Promise<void> {
  const question = ++questions;
  useMemoryPlans.setState({ asked: null });
  const asked = await ask({ type: "plan", run }).then(
    (plan) => ({ plan }),
    (error: unknown) => ({ refusal: failureIn(error) }),
  );
  if (question === questions) useMemoryPlans.setState({ asked });
}
