import { expect, test } from "vitest";
import { checkConfig } from "../../../src/config/check.ts";
import type { FieldValue } from "../../../src/config/field.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { field } from "../../../src/config/schema.ts";
import { commandsGoTo } from "../../../src/store/run/actions.ts";
import { commitField, nextRun, pendingProblem } from "../../../src/store/changes/commit-field.ts";
import { useEdits } from "../../../src/store/config/edits.ts";
import { receive, useRun } from "../../../src/store/run/run-store.ts";

test("a schedule and its arguments, which are set one by one, wait for each other", () => {
  const run = runFrom("sort", { set: { lr_scheduler_type: "linear" } });
  commandsGoTo({
    send: (command) => {
      if (command.type === "change") {
        const { arm, fields } = command;
        receive({ type: "changed", arm, fields, step: 1, text: "" });
      }
    },
    ask: () => Promise.reject(new Error("nothing is asked")),
  });
  receive({
    type: "loaded",
    run,
    adapter: { name: "test", software: true },
    parameters: 1,
    bytes: 1,
    totalSteps: 600,
    stepsPerGeneration: 4,
  });
  const set = (name: string, value: FieldValue) => commitField(field(name), null, value);
  const waiting = () => useEdits.getState().pending;

  expect(set("lr_scheduler_type", "cosine_with_min_lr")).toBeNull();
  expect(waiting()).toEqual({ lr_scheduler_type: "cosine_with_min_lr" });
  expect(pendingProblem(run, waiting(), "lr_scheduler_type")).toMatch(/needs min_lr/);
  expect(useRun.getState().run?.grpo.lr_scheduler_type).toBe(run.grpo.lr_scheduler_type);

  expect(set("lr_scheduler_kwargs", { min_lr_rate: 0.1 })).toBeNull();
  expect(checkConfig(nextRun()!)).toEqual([]);
  expect(pendingProblem(run, waiting(), "lr_scheduler_type")).toBeNull();

  // Back to what is in force: nothing waits any more.
  set("lr_scheduler_type", run.grpo.lr_scheduler_type);
  set("lr_scheduler_kwargs", null);
  expect(waiting()).toEqual({});
  // A schedule that needs no arguments goes to the worker at once.
  expect(set("lr_scheduler_type", "cosine")).toBeNull();
  expect(useRun.getState().run?.grpo.lr_scheduler_type).toBe("cosine");
});
