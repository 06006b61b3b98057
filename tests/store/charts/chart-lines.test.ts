import { describe, expect, test } from "vitest";
import { columnsOf } from "../../../src/runs/columns.ts";
import { armLines, chartAxes } from "../../../src/store/charts/chart-lines.ts";
import { drawnOverlays } from "../../../src/store/charts/drawn.ts";
import { appendAll, appendHistory, HISTORY_LIMIT } from "../../../src/store/run/history.ts";
import {
  columnLine,
  loggedMetrics,
  shownLines,
  type LineSelection,
} from "../../../src/store/charts/lines.ts";
import type { Overlay } from "../../../src/store/library/overlays.ts";
import { chartOf } from "../../../src/views/charts/metrics.ts";
import { storedRun } from "../../support/stored-run.ts";
import { report, run } from "../../support/make-record.ts";

const level = (arm: string) => (arm === "sequence" ? "sequence" : "token");
const logged = (step: number, arm: string, offset = 0) =>
  report(step, arm, {
    reward: step + offset,
    num_tokens: 100 * step + (arm === "sequence" ? 5 : 0),
    step_time: 0.5,
    kl: Number.NaN,
    "ratio/token_std": 1,
    "ratio/sequence_std": 2,
  });
const reports = (steps: number, offset = 0) =>
  Array.from({ length: steps }, (_, index) => index + 1).flatMap((step) => [
    logged(step, "token", offset),
    logged(step, "sequence", offset),
  ]);
const reward: LineSelection = { metric: () => "reward", scale: 1, innerStep: null, x: "step" };

describe("a line of the run on screen", () => {
  const history = appendAll([], reports(12), level);

  test("lies over steps, tokens or seconds of training, by arm", () => {
    const at = (x: LineSelection["x"]) => shownLines(history, { ...reward, x }).sequence?.at(-1);
    expect(at("step")).toEqual({ x: 12, y: 12, step: 12 });
    expect(at("tokens")).toEqual({ x: 1205, y: 12, step: 12 });
    expect(at("time")).toEqual({ x: 6, y: 12, step: 12 });
  });

  test("can hold one inner step only, and is scaled", () => {
    const { token } = shownLines(history, { ...reward, innerStep: 3, scale: 100 });
    expect(token?.map(({ step, y }) => [step, y])).toEqual([
      [4, 400],
      [8, 800],
      [12, 1200],
    ]);
  });

  test("has a gap where the metric is not a number or not logged", () => {
    const kl = shownLines(history, { ...reward, metric: () => "kl" }).token;
    expect(kl?.every(({ y }) => y === undefined)).toBe(true);
    const none = shownLines(history, { ...reward, metric: () => "no_such" }).token;
    expect(none?.every(({ y }) => y === undefined)).toBe(true);
  });

  test("goes from one evaluated step to the next where few have the metric", () => {
    const logs: Record<string, number>[] = [{}, { eval_reward: 0.5 }, {}, { eval_reward: 0.7 }];
    const few = logs.map((metrics, index) => report(index + 1, "token", metrics));
    const selection = { ...reward, metric: () => "eval_reward", sparse: true };
    const line = [
      { x: 2, y: 0.5, step: 2 },
      { x: 4, y: 0.7, step: 4 },
    ];
    expect(shownLines(appendAll([], few, level), selection).token).toEqual(line);
    expect(columnsOf(few, run).map((columns) => columnLine(columns, selection))).toEqual([line]);
  });

  test("goes by the level of its arm", () => {
    const metric: LineSelection["metric"] = (of) =>
      of === "token" ? "ratio/token_std" : "ratio/sequence_std";
    const lines = shownLines(history, { ...reward, metric });
    expect([lines.token?.[0]?.y, lines.sequence?.[0]?.y]).toEqual([1, 2]);
  });

  test("keeps its seconds when the history is thinned", () => {
    const long = appendAll([], reports(9000), level);
    expect(long.length).toBeLessThanOrEqual(HISTORY_LIMIT);
    expect(long.at(-1)?.seconds).toEqual({ token: 4500, sequence: 4500 });
    expect(long.at(-1)?.step).toBe(9000);
  });

  test("is smoothed where the charts are, and says every logged name", () => {
    const [token] = armLines(history, reward, 5);
    expect(token?.line.at(-1)?.y).toBeLessThan(12);
    expect(loggedMetrics(history)).toEqual([
      "num_tokens",
      "ratio/sequence_std",
      "ratio/token_std",
      "reward",
      "step_time",
    ]);
  });
});

test("a history built at once is that of reports that came one by one", () => {
  let one = appendHistory([], [], level);
  for (const each of reports(30)) one = appendHistory(one, [each], level);
  expect(appendAll([], reports(30), level)).toEqual(one);
});

describe("stored runs", () => {
  const overlay = (offset: number, steps = 12): Overlay => ({
    updatedAt: 1,
    arms: columnsOf(reports(steps, offset), run),
    run,
  });
  const drawing = { ...reward, halfLife: null, band: "range" } as const;

  test("are the same lines as when they were on screen", () => {
    const history = appendAll([], reports(12), level);
    for (const x of ["step", "tokens", "time"] as const) {
      const shown = shownLines(history, { ...reward, x });
      for (const columns of columnsOf(reports(12), run)) {
        expect(columnLine(columns, { ...reward, x })).toEqual(shown[columns.arm]);
        const last = columnLine(columns, { ...reward, x, innerStep: 3 });
        expect(last.map(({ step }) => step)).toEqual([4, 8, 12]);
      }
    }
  });

  test("are drawn as a line an arm; seeds of one group as their mean", () => {
    const runs = [
      storedRun({ id: "c" }),
      storedRun({ id: "b", seedGroup: "seeds" }),
      storedRun({ id: "a", seedGroup: "seeds" }),
    ];
    const read = { a: overlay(0), b: overlay(4), c: overlay(10) };
    const drawn = drawnOverlays(runs, read, drawing);
    expect(drawn.map(({ name, arm, ids }) => [name, arm, ids.length])).toEqual([
      ["Sort, seed 1", "token", 1],
      ["Sort, seed 1", "sequence", 1],
      ["seeds", "token", 2],
      ["seeds", "sequence", 2],
    ]);
    expect(drawn[2]?.band?.[0]).toEqual({ x: 1, step: 1, mean: 3, low: 1, high: 5 });
    expect(drawn[2]?.line[0]?.y).toBe(3);
  });

  test("one member of a group alone is a run of its own", () => {
    const runs = [
      storedRun({ id: "a", seedGroup: "seeds" }),
      storedRun({ id: "b", seedGroup: "seeds" }),
    ];
    const drawn = drawnOverlays(runs, { a: overlay(0) }, drawing);
    expect(drawn.map(({ band }) => band)).toEqual([null, null]);
  });

  test("share the points of a chart, at most 500 a line", () => {
    const runs = Array.from({ length: 20 }, (_, index) => storedRun({ id: `${index}` }));
    const read = Object.fromEntries(runs.map(({ id }) => [id, overlay(0, 3000)]));
    const few = drawnOverlays(runs, { 0: read[0]! }, drawing);
    expect(Math.max(...few.map(({ thin }) => thin.length))).toBeLessThanOrEqual(500);
    const many = drawnOverlays(runs, read, drawing);
    expect(many.reduce((sum, { thin }) => sum + thin.length, 0)).toBeLessThanOrEqual(6000);
  });

  test("widen the axes; a logarithmic one counts what it leaves out", () => {
    const drawn = drawnOverlays([storedRun({ id: "a" })], { a: overlay(-6, 60) }, drawing);
    const axes = chartAxes([], drawn, { top: 1, log: false, x: "step" });
    expect(axes).toMatchObject({ last: 60, x: [0, 20, 40, 60], value: { bottom: -5, top: 100 } });
    const log = chartAxes([], drawn, { top: 1, log: true, x: "step" });
    expect(log).toMatchObject({ value: { log: true, bottom: 1, top: 100 }, leftOut: 12 });
  });
});

test("any metric can have a chart, under the name that logs have", () => {
  const facts = chartOf("rewards/exact/mean");
  expect([facts.title, facts.metric("token"), facts.decimals]).toEqual([
    "rewards/exact/mean",
    "rewards/exact/mean",
    null,
  ]);
  expect(chartOf("ratio/token_max").lastInnerStep).toBe(true);
});
