import { beforeAll, expect, test } from "vitest";
import { commandsGoTo } from "../../../src/store/run/actions.ts";
import { receive, useRun } from "../../../src/store/run/run-store.ts";
import { warningsOf, watchForWarnings } from "../../../src/store/changes/warnings.ts";
import type { Command } from "../../../src/worker/protocol.ts";
import { makeRecord, report, run } from "../../support/make-record.ts";

const EQUAL = { reward: 1, frac_reward_zero_std: 1 };
/** The step, with every reward of its groups equal. */
const stepped = (step: number): void =>
  receive({
    type: "stepped",
    reports: [report(step, "token", EQUAL)],
    records: [makeRecord({ step })],
    elapsedMs: 1,
    stepMs: 1,
  });
const sent: Command[] = [];
const marks = () => useRun.getState().marks;

beforeAll(() => {
  commandsGoTo({
    send: (command) => sent.push(command),
    ask: () => Promise.reject(new Error("nothing is asked")),
  });
  watchForWarnings();
  receive({
    type: "loaded",
    run,
    adapter: { name: "test", software: true },
    parameters: 1,
    bytes: 1,
    totalSteps: 100,
    stepsPerGeneration: 4,
  });
});

test("a warning is marked at the first step that earns it, once; a rewind lets it be earned again", () => {
  for (let step = 1; step <= 25; step++) stepped(step);
  const [first] = marks();
  expect(marks().map(({ kind }) => kind)).toEqual(["warning"]);
  expect(first).toMatchObject({ arm: "token", step: 20 });
  expect(first!.text).toContain("all rewards are equal");
  expect(sent).toEqual([expect.objectContaining({ type: "warned", step: 20, text: first!.text })]);
  expect(warningsOf(useRun.getState()).map(({ arm }) => arm)).toEqual(["token"]);

  receive({ type: "rewound", step: 10, arms: run.arms, bytes: 1 });
  expect(marks()).toEqual([]);
  for (let step = 11; step <= 21; step++) stepped(step);
  expect(marks().map(({ step }) => step)).toEqual([20]);
});
