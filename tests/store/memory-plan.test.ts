import { expect, test } from "vitest";
import { runFrom } from "../../src/config/run-from.ts";
import type { MemoryPlan } from "../../src/engine/memory-plan.ts";
import { commandsGoTo } from "../../src/store/actions.ts";
import { askPlan, useMemoryPlans } from "../../src/store/memory-plan.ts";
import { receive, useRun } from "../../src/store/session.ts";
import type { Command } from "../../src/worker/protocol.ts";

const planOf = (bytes: number): MemoryPlan => ({
  bytes,
  groups: [{ name: "activations", bytes }],
  largest: { label: "layer 0 x", bytes, group: "activations" },
  limit: 2 ** 27,
  says: `The run needs ${bytes} bytes.`,
});

test("the plan of the run that is built and the one asked about are kept apart", () => {
  const sent: Command[] = [];
  commandsGoTo((command) => sent.push(command));
  const run = runFrom("sort", {});

  receive({ type: "planned", asked: false, plan: planOf(10), refusal: null });
  const before = useRun.getState();
  askPlan(run);
  expect(sent).toEqual([{ type: "plan", run }]);
  expect(useMemoryPlans.getState()).toEqual({ held: planOf(10), asked: null });

  receive({ type: "planned", asked: true, plan: planOf(20), refusal: null });
  expect(useMemoryPlans.getState()).toEqual({
    held: planOf(10),
    asked: { plan: planOf(20), refusal: null },
  });

  // A new question: the old answer is no longer shown.
  askPlan({ ...run, difficulty: 6 });
  expect(useMemoryPlans.getState().asked).toBeNull();
  const refusal = { message: "Too large.", remedy: "Lower width.", fields: ["width"] };
  receive({ type: "planned", asked: true, plan: null, refusal });
  expect(useMemoryPlans.getState()).toEqual({ held: planOf(10), asked: { plan: null, refusal } });
  expect(useRun.getState()).toEqual(before);
});
