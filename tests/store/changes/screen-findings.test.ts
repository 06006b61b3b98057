import { expect, test } from "vitest";
import type { StepReport } from "../../../src/record/record.ts";
import { screenFindings } from "../../../src/store/changes/remedies.ts";
import { receive, useRun } from "../../../src/store/run/run-store.ts";
import { report, run } from "../../support/make-record.ts";

const said = () => screenFindings(useRun.getState()).map(({ id }) => id);
const steps = (metrics: Record<string, number>): StepReport[] =>
  Array.from({ length: 25 }, (_, i) => report(i + 1, "token", { reward: 1, ...metrics }));

test("a run that is opened or imported is spoken of, without buttons that change the page's own", () => {
  const recording = { run, reports: steps({ "completions/clipped_ratio": 1 }), records: [] };
  // What the page opens with is a picture of training, not the reader's run.
  receive({ type: "recorded", recording });
  expect(useRun.getState().history).toHaveLength(25);
  expect(said()).toEqual([]);

  receive({ type: "opened", id: "1", name: "mine", recording, events: [] });
  expect(said()).toEqual(["everything-truncated"]);
  expect(screenFindings(useRun.getState())[0]).toMatchObject({ arm: "token", patch: null });
});

test("of a trainer's metrics without a configuration, what rests on one is not said", () => {
  const metrics = { "completions/clipped_ratio": 1, kl: 3, "clip_ratio/region_mean": 0.9 };
  const known = { ...run, grpo: { ...run.grpo, beta: 0.1 } };
  const recording = { run: known, reports: steps(metrics), records: [] };
  receive({ type: "opened", id: "2", name: "known", recording, events: [] });
  expect(said()).toContain("far-from-reference");

  const unknown = { ...recording, run: { ...known, configKnown: false as const } };
  receive({ type: "opened", id: "3", name: "theirs", recording: unknown, events: [] });
  expect(said()).toEqual(["everything-truncated"]);
});
