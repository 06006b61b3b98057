import { create } from "zustand";
import type { RunConfig } from "../config/types.ts";
import type { MemoryPlan } from "../engine/memory-plan.ts";
import type { WorkerEvent } from "../worker/protocol.ts";
import { command } from "./actions.ts";
import { listen } from "./session.ts";

type Planned = Extract<WorkerEvent, { type: "planned" }>;

/** What runs hold on the GPU, as it was known before anything was allocated. */
export interface MemoryPlans {
  /** Of the run that is built or trains; null before the first. */
  held: MemoryPlan | null;
  /** Of the run that was last asked about; null until it is known. */
  asked: Pick<Planned, "plan" | "refusal"> | null;
}

export const useMemoryPlans = create<MemoryPlans>(() => ({ held: null, asked: null }));

listen((event) => {
  if (event.type !== "planned") return;
  const { asked, plan, refusal } = event;
  useMemoryPlans.setState(asked ? { asked: { plan, refusal } } : { held: plan });
});

/** Asks what a run would hold; the answer comes into `asked`. */
export function askPlan(run: RunConfig): void {
  useMemoryPlans.setState({ asked: null });
  command({ type: "plan", run });
}
