import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { completionsToJsonl } from "../../../src/runs/logs/completions-table.ts";
import { logFolder, trackersOf, type Logged } from "../../../src/runs/logs/log-folder.ts";
import { metricsToCsv, metricsToJsonl } from "../../../src/runs/logs/metrics-table.ts";
import { tensorboardEvents } from "../../../src/runs/formats/tensorboard.ts";
import { trlLog, type LogPlan } from "../../../src/runs/logs/trl-log.ts";
import { WANDB_SCRIPT } from "../../../src/runs/formats/wandb.ts";
import { readEvents } from "../../support/readers/tensorboard.ts";
import { records, reports, run } from "../formats/example-run.ts";

const everySteps = (logging_steps: number): LogPlan => ({
  logging_steps,
  logging_strategy: "steps",
  logging_first_step: false,
});
const ofToken = (steps: number) => reports(steps).filter(({ arm }) => arm === "token");

describe("TRL's log lines", () => {
  test("means over the steps since the last line; the last step's rate, norm and counts", () => {
    const [first, second, ...more] = trlLog(ofToken(9), everySteps(4));
    expect(more).toEqual([]);
    expect([first?.step, second?.step]).toEqual([4, 8]);
    expect(second?.values.loss).toBeCloseTo((1 / 7 + 1 / 8 + 1 / 9 + 1 / 10) / 4, 12);
    expect(second?.values["clip_ratio/region_mean"]).toBeCloseTo((0.4 + 0.5 + 0.6 + 0.7) / 4, 12);
    expect(second?.values).toMatchObject({
      grad_norm: 7.5,
      learning_rate: 1e-3 / 8,
      epoch: 2,
      num_tokens: 800,
      step_time: 0.25,
      "ratio/token_max": 8,
    });
    expect(second?.seconds).toBe(2);
  });

  test("a rollout's metrics count once, in the line of the step that made it", () => {
    // Rollouts at steps 1, 3, 5 …: the line of step 4 has none since step 3.
    const lines = trlLog(ofToken(6), everySteps(1));
    expect(lines.map(({ values }) => values.reward ?? "none")).toEqual([
      0,
      "none",
      1 / 7,
      "none",
      2 / 7,
      "none",
    ]);
    expect(trlLog(ofToken(6), everySteps(3))[1]?.values.reward).toBeCloseTo(2 / 7, 12);
  });

  test("an undefined metric is null, and a loss that is not finite is not averaged away", () => {
    const [line] = trlLog(ofToken(4), everySteps(4));
    expect(line?.values.kl).toBeNull();
    expect(line?.values.loss).toBeNull();
  });

  test("an evaluation has a line of its own, at its step", () => {
    const given = ofToken(4).map((report) => ({
      ...report,
      metrics: { ...report.metrics, eval_reward: report.step === 3 ? 0.5 : NaN },
    }));
    const lines = trlLog(given, everySteps(2));
    expect(lines.map(({ step }) => step)).toEqual([2, 3, 4]);
    expect(lines[1]?.values).toEqual({ eval_reward: 0.5, epoch: 0.75 });
    expect(lines[2]?.values).not.toHaveProperty("eval_reward");
    const events = readEvents(tensorboardEvents(lines, 0));
    expect(events[2]?.scalars).toHaveProperty("eval/reward", 0.5);
  });

  test("the first step and whole epochs, where the configuration says so", () => {
    const stepsOf = (plan: Partial<LogPlan>) =>
      trlLog(ofToken(9), { ...everySteps(4), ...plan }).map(({ step }) => step);
    expect(stepsOf({ logging_first_step: true })).toEqual([1, 4, 8]);
    expect(stepsOf({ logging_strategy: "epoch" })).toEqual([4, 8, 9]);
    expect(stepsOf({ logging_strategy: "no" })).toEqual([]);
  });
});

/** RFC 4180, as far as the page uses it. */
const readCsv = (text: string): string[][] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
      ),
    );

test("the CSV has a row per step and arm under TRL's names, to the last digit", () => {
  const given = reports(5);
  const [head = [], ...rows] = readCsv(metricsToCsv(given));
  expect(head.slice(0, 6)).toEqual([
    "arm",
    "step",
    "generation",
    "inner_step",
    "loss",
    "grad_norm",
  ]);
  expect(rows).toHaveLength(10);
  rows.forEach((row, i) => {
    const report = given[i]!;
    expect(row.slice(0, 4)).toEqual(
      [report.arm, report.step, report.generation, report.innerStep].map(String),
    );
    const values = head.slice(4).map((name, at) => [name, row[at + 4]] as const);
    for (const [name, cell] of values) {
      const value = report.metrics[name]!;
      if (Number.isNaN(value)) expect(cell).toBe("");
      else expect(Number(cell?.replace("inf", "Infinity"))).toBe(value);
    }
  });
});

test("the JSON lines are what the command line prints, null for what JSON cannot say", () => {
  const lines = metricsToJsonl(reports(3))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(6);
  expect(lines[4]).toMatchObject({
    arm: "token",
    step: 3,
    generation: 1,
    inner_step: 0,
    loss: null,
  });
});

test("the completions have TRL's columns, in its order", () => {
  const lines = completionsToJsonl(records.slice(0, 1)).trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  const row = JSON.parse(lines[0]!);
  expect(Object.keys(row)).toEqual(["step", "prompt", "completion", "correct", "advantage"]);
  expect(row).toMatchObject({ step: 1, prompt: "sort 2 1", completion: "1 2", correct: null });
});

test("an event file of TensorBoard's, read by its specification", () => {
  const lines = trlLog(ofToken(6), everySteps(2));
  const [head, ...events] = readEvents(tensorboardEvents(lines, 1_790_000_000_000));
  expect(head).toMatchObject({ fileVersion: "brain.Event:2", wallTime: 1_790_000_000 });
  expect(events.map(({ step }) => step)).toEqual([2n, 4n, 6n]);
  expect(events[2]?.wallTime).toBe(1_790_000_001.5);
  for (const [i, { scalars }] of events.entries()) {
    const expected = Object.entries(lines[i]!.values).flatMap(([name, value]) =>
      value === null ? [] : [[`train/${name}`, Math.fround(value)]],
    );
    expect(scalars).toEqual(Object.fromEntries(expected));
  }
  expect(tensorboardEvents(lines, 0)).toEqual(tensorboardEvents(lines, 0));
});

const logged = (over: Partial<Logged["run"]["grpo"]>, exportOnly = {}): Logged => ({
  name: "a run",
  run: { ...run, grpo: { ...run.grpo, logging_steps: 2, ...over }, exportOnly },
  startedAt: 0,
  reports: reports(4),
  records,
});

test("report_to decides which forms of the log there are, log_completions the tables", () => {
  const names = (of: Logged) =>
    [...logFolder(of).keys()].filter((name) => name.startsWith("token"));
  expect(names(logged({ log_completions: false }))).toEqual(["token/log.jsonl"]);
  expect(names(logged({ log_completions: false }, { report_to: "tensorboard" }))).toEqual([
    "token/log.jsonl",
    "token/events.out.tfevents.0.ratioscope",
  ]);
  expect(names(logged({ log_completions: true }, { report_to: "wandb" }))).toEqual([
    "token/log.jsonl",
    "token/completions/completions_00002.jsonl",
    "token/config.json",
    "token/log_to_wandb.py",
  ]);
  expect(trackersOf({ ...run, exportOnly: { report_to: "all" } })).toEqual([
    "tensorboard",
    "wandb",
  ]);
  expect(trackersOf({ ...run, exportOnly: { report_to: "none" } })).toEqual([]);
  expect(trackersOf(run)).toEqual([]);
});

test("a line's completions are all that its rollout's steps learnt from", () => {
  const files = logFolder(logged({ log_completions: true, num_iterations: 1 }));
  const text = Buffer.from(files.get("token/completions/completions_00002.jsonl")!).toString();
  const rows = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(rows).toHaveLength(4);
  expect(rows.every(({ step }) => step === 2)).toBe(true);
});

test("the Weights & Biases script is Python, and holds nothing of the run", () => {
  const folder = mkdtempSync(join(tmpdir(), "ratioscope-"));
  const path = join(folder, "log_to_wandb.py");
  writeFileSync(path, WANDB_SCRIPT);
  const { error, status, stderr } = spawnSync("python3", ["-m", "py_compile", path]);
  // Where there is no Python there is nothing to compile it with.
  if (error === undefined) expect(status, String(stderr)).toBe(0);
  expect(WANDB_SCRIPT).not.toMatch(/\$\{|\beval\(|\bexec\(|pickle/);
});
