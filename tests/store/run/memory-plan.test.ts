import { expect, test } from "vitest";
import { runFrom } from "../../../src/config/run-from.ts";
import type { MemoryPlan } from "../../../src/engine/run/memory-plan.ts";
import { commandsGoTo } from "../../../src/store/run/actions.ts";
import { askPlan, useMemoryPlans } from "../../../src/store/run/memory-plan.ts";
import { receive, useRun } from "../../../src/store/run/run-store.ts";
import type { Failure, Message, Reply } from "../../../src/worker/protocol.ts";
import { Requests } from "../../../src/worker/requests.ts";

const planOf = (bytes: number): MemoryPlan => ({
  bytes,
  groups: [{ name: "activations", bytes }],
  largest: { label: "layer 0 x", bytes, group: "activations", fields: ["width"] },
  limit: 2 ** 27,
  summary: `The run needs ${bytes} bytes.`,
});

test("the plan of the run that is built and the one asked about are kept apart, and answers with their questions", async () => {
  const sent: Message[] = [];
  const requests = new Requests((message) => sent.push(message));
  commandsGoTo({ send: () => undefined, ask: (request) => requests.ask(request) });
  const answer = (reply: object): void => requests.take({ type: "reply", ...reply } as Reply);
  const run = runFrom("sort", {});

  receive({ type: "planned", plan: planOf(10) });
  const before = useRun.getState();
  const first = askPlan(run);
  expect(sent).toEqual([{ type: "request", id: 0, request: { type: "plan", run } }]);
  expect(useMemoryPlans.getState()).toEqual({ held: planOf(10), asked: null });
  answer({ id: 0, value: planOf(20) });
  await first;
  expect(useMemoryPlans.getState()).toEqual({ held: planOf(10), asked: { plan: planOf(20) } });

  // A new question: the old answer is no longer shown; nor is one that comes after the next question.
  const second = askPlan({ ...run, difficulty: 6 });
  expect(useMemoryPlans.getState().asked).toBeNull();
  const third = askPlan({ ...run, difficulty: 7 });
  answer({ id: 1, value: planOf(30) });
  await second;
  expect(useMemoryPlans.getState().asked).toBeNull();
  const refusal: Failure = {
    kind: "limits",
    message: "Too large.",
    remedy: "Lower width.",
    fields: ["width"],
    step: null,
    arm: null,
  };
  answer({ id: 2, failure: refusal });
  await third;
  expect(useMemoryPlans.getState()).toEqual({ held: planOf(10), asked: { refusal } });
  expect(useRun.getState()).toEqual(before);
});
