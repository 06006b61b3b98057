import { describe, expect, test } from "vitest";
import { MARK_LIMIT, marksOf } from "../../../src/store/run/marks.ts";
import { emptyRun, reduce, type RunState } from "../../../src/store/run/run.ts";
import type { WorkerEvent } from "../../../src/worker/protocol.ts";
import type { ArmAnswers } from "../../../src/record/answers.ts";
import { answer, answered } from "../../support/example-film.ts";
import { makeRecord, report, run } from "../../support/make-record.ts";

const loaded: WorkerEvent = {
  type: "loaded",
  run,
  adapter: { name: "swiftshader", software: true },
  parameters: 5000,
  bytes: 2 ** 20,
  totalSteps: 100,
  stepsPerGeneration: 4,
};
const stepped = (step: number): WorkerEvent => ({
  type: "stepped",
  reports: [report(step, "token"), report(step, "sequence")],
  records: [makeRecord({ step, arm: "token" }), makeRecord({ step, arm: "sequence" })],
  elapsedMs: 10 * step,
  stepMs: 10,
});
const failed = (over: Partial<Extract<WorkerEvent, { type: "failed" }>> = {}): WorkerEvent => ({
  type: "failed",
  kind: "diverged",
  message: "The loss is NaN.",
  remedy: "Lower learning_rate.",
  fields: ["learning_rate"],
  step: 7,
  arm: "token",
  ...over,
});
const after = (...events: Parameters<typeof reduce>[1][]): RunState =>
  events.reduce(reduce, emptyRun);

test("steps without a record are in the charts; a record that follows alone changes nothing else", () => {
  const [first, last] = [stepped(1), stepped(2)];
  if (first.type !== "stepped" || last.type !== "stepped") throw new Error("they are steps");
  const bare = after(loaded, first, { ...last, records: [] });
  expect(bare).toMatchObject({ step: 2, source: "live", elapsedMs: 30 });
  expect(bare.history.map(({ step }) => step)).toEqual([1, 2]);
  expect(bare.kept.map(({ step }) => step)).toEqual([1]);
  const whole = reduce(bare, { ...last, reports: [], elapsedMs: 0, stepMs: 0 });
  expect(whole.kept.map(({ step }) => step)).toEqual([1, 2]);
  expect(whole).toEqual({ ...bare, kept: whole.kept });
});

test("the film grows with the steps, comes back with a stored run, and ends where a run was taken back to", () => {
  const [first, second] = [
    answered("token", 0, answer("13", 0.2)),
    answered("token", 4, answer("123", 1)),
  ];
  const step = (at: number, answers?: ArmAnswers[]) => {
    const event = stepped(at);
    if (event.type !== "stepped") throw new Error("it is a step");
    return { ...event, ...(answers && { answers }) };
  };
  const trained = after(loaded, step(1, [first]), step(2), step(4, [second]));
  expect(trained.film).toEqual([first, second]);
  const { arms } = run;
  const back = reduce(trained, { type: "rewound", step: 2, arms, bytes: 1 });
  expect(back.film).toEqual([first]);
  expect(reduce(trained, { type: "idle", step: 0, reason: "reset" }).film).toEqual([]);

  const events = [first, second].map(({ arm, step: at, answers }) => ({
    ...({ run: "a", at, step: at, kind: "answers", arm, text: "", fields: null } as const),
    answers,
  }));
  const recording = { run, reports: [], records: [], answers: [first] };
  const stored = { run, reports: [], records: [] };
  const open = { type: "opened", id: "a", name: "a" } as const;
  const looked = reduce(trained, { ...open, recording: stored, events });
  expect(looked.film).toEqual([first, second]);
  expect(looked.marks).toEqual([]);
  expect(reduce({ ...looked, film: [] }, { type: "closed" }).film).toEqual([first, second]);
  const shown = reduce(emptyRun, { type: "recorded", recording });
  expect(shown.film).toEqual([first]);
  // The recorded run that is looked at again has its own.
  expect(reduce(trained, { ...open, recording, events: [] }).film).toEqual([first]);
  const rest = { run, step: 4, reports: [], records: [], elapsedMs: 1, replayed: 0, note: null };
  expect(reduce(shown, { type: "resumed", id: "a", events, ...rest }).film).toEqual([
    first,
    second,
  ]);
});

test("that the recorded run was put away is known until it is read, and only where one was", () => {
  const recording = { run, reports: [report(8, "token")], records: [makeRecord({ step: 8 })] };
  const recorded = reduce(emptyRun, { type: "recorded", recording });
  const events = [loaded, { type: "playing" } as const];
  const ready = events.reduce<RunState>(reduce, recorded);
  expect(ready).toMatchObject({ source: "recorded", putAway: false });
  const trained = [stepped(1), stepped(2)].reduce<RunState>(reduce, ready);
  expect(trained).toMatchObject({ source: "live", step: 2, putAway: true });

  const open = { type: "opened", id: "recorded", name: "", recording, events: [] } as const;
  const looked = reduce(trained, open);
  expect(looked.history.map(({ step }) => step)).toEqual([8]);
  const back = reduce(looked, { type: "closed" });
  expect(back.history).toEqual(trained.history);
  expect(back.putAway).toBe(true);
  const read = reduce(back, { type: "put-away-read" });
  expect(reduce(read, stepped(3)).putAway).toBe(false);
  expect(reduce(trained, { type: "idle", step: 0, reason: "reset" }).putAway).toBe(false);
  expect(after(loaded, stepped(1)).putAway).toBe(false);

  const rest = { run, step: 4, reports: [], records: [], elapsedMs: 1, replayed: 0, note: null };
  const resumed: WorkerEvent = { type: "resumed", id: "a", events: [], ...rest };
  expect(reduce(recorded, resumed).putAway).toBe(true);
  expect(reduce(emptyRun, resumed).putAway).toBe(false);
});

test("a fork has its parent's values, live changes included, and a mark; others stay", () => {
  const state = after(
    loaded,
    stepped(1),
    { type: "changed", arm: "token", fields: { epsilon: 0.1 }, step: 2, text: "" },
    {
      type: "forked",
      of: "token",
      arm: { name: "fork", overrides: { importance_sampling_level: "sequence" } },
      step: 1,
      bytes: 3 * 2 ** 20,
      text: "fork forked from token",
    },
  );
  expect(state.run?.arms.map(({ name }) => name)).toEqual([
    ...run.arms.map(({ name }) => name),
    "fork",
  ]);
  expect(state.run?.arms.at(-1)?.overrides).toMatchObject({
    epsilon: 0.1,
    importance_sampling_level: "sequence",
  });
  expect(state.loaded?.arms).toHaveLength(run.arms.length + 1);
  expect(state.marks.at(-1)).toEqual({
    kind: "fork",
    step: 1,
    arm: "fork",
    text: "fork forked from token",
  });
  expect(state.bytes).toBe(3 * 2 ** 20);
  expect(state.kept).toHaveLength(1);
});

test("a run taken back keeps what came before the step, and is set as it was then", () => {
  const state = after(
    loaded,
    stepped(1),
    { type: "changed", arm: "token", fields: { epsilon: 0.1 }, step: 2, text: "" },
    stepped(2),
    {
      type: "forked",
      of: "token",
      arm: { name: "fork", overrides: {} },
      step: 2,
      bytes: 9,
      text: "",
    },
    stepped(3),
    { type: "replaying", done: 1, total: 2 },
    { type: "rewound", step: 2, arms: run.arms, bytes: 5 },
  );
  expect(state.history.map(({ step }) => step)).toEqual([1, 2]);
  expect(state.kept.map(({ step }) => step)).toEqual([1, 2]);
  expect(state.run?.arms).toEqual(run.arms);
  expect(state.loaded?.arms.map(({ name }) => name)).toEqual(run.arms.map(({ name }) => name));
  // The change holds from step 2 on; the forked arm is no more.
  expect(state.marks.map(({ kind, step }) => [kind, step])).toEqual([["change", 2]]);
  expect(state).toMatchObject({ step: 2, status: "paused", bytes: 5, replaying: null });
});

test("a warning is marked at its step", () => {
  const warning = { step: 1, arm: "token", finding: "no-clipping", text: "Nothing clips." };
  const state = after(loaded, stepped(1), { type: "warned", ...warning });
  expect(state.marks).toEqual([{ kind: "warning", ...warning }]);
});

describe("a run's life", () => {
  test("goes from loading over ready, playing and paused to finished", () => {
    const statuses: string[] = [];
    const events: Parameters<typeof reduce>[1][] = [
      { type: "loading", run },
      { type: "progress", what: "kernels", done: 3, total: 9 },
      loaded,
      { type: "playing" },
      stepped(1),
      { type: "idle", step: 1, reason: "paused" },
      { type: "idle", step: 100, reason: "finished" },
    ];
    events.reduce((state, event) => {
      const next = reduce(state, event);
      statuses.push(next.status);
      return next;
    }, emptyRun);
    expect(statuses).toEqual([
      "loading",
      "loading",
      "ready",
      "playing",
      "playing",
      "paused",
      "finished",
    ]);
  });

  test("keeps history and records of every arm under one step", () => {
    const state = after(loaded, { type: "playing" }, stepped(1), stepped(2));
    expect(state.step).toBe(2);
    expect(state.history.map(({ step, metrics }) => [step, Object.keys(metrics)])).toEqual([
      [1, ["token", "sequence"]],
      [2, ["token", "sequence"]],
    ]);
    expect(state.kept.map(({ step, records }) => [step, Object.keys(records).length])).toEqual([
      [1, 2],
      [2, 2],
    ]);
  });

  test("a reset clears what the run did and keeps what it is", () => {
    const state = after(loaded, stepped(1), { type: "idle", step: 0, reason: "reset" });
    expect(state).toMatchObject({ status: "ready", step: 0, history: [], kept: [], marks: [] });
    expect(state.run).toBe(run);
  });
});

describe("a recorded run", () => {
  const recording = { run, reports: [report(40)], records: [makeRecord({ step: 40 })] };

  test("stays while the live one is built, and gives way to its first step", () => {
    const shown = after({ type: "loading", run }, { type: "recorded", recording }, loaded);
    expect(shown).toMatchObject({ status: "ready", source: "recorded", step: 0 });
    expect(shown.kept).toHaveLength(1);

    const live = reduce(shown, stepped(1));
    expect(live.source).toBe("live");
    expect(live.history.map(({ step }) => step)).toEqual([1]);
    expect(live.kept.map(({ step }) => step)).toEqual([1]);
  });

  test("does not replace a live one", () => {
    const live = after(loaded, stepped(1));
    expect(reduce(live, { type: "recorded", recording })).toBe(live);
  });
});

test("that the browser keeps nothing is said of every run; what another run has is not", () => {
  const facts = { state: "none", id: "", step: null, bytes: 0, text: "Nothing is kept." } as const;
  const idle = { type: "idle", step: 0, reason: "reset" } as const;
  const told = after({ type: "loading", run }, { type: "storage", facts });
  for (const fresh of [loaded, idle]) expect(reduce(told, fresh).storage).toEqual(facts);
  const full = { ...facts, state: "full" } as const;
  const other = after(loaded, { type: "storage", facts: full });
  for (const fresh of [loaded, idle]) expect(reduce(other, fresh).storage).toBeNull();
});

describe("a live change", () => {
  test("of one arm changes that arm and leaves a mark with the worker's words", () => {
    const fields = { epsilon: 0.1 };
    const text = "epsilon 0.03 → 0.1";
    const state = after(loaded, { type: "changed", arm: "sequence", fields, step: 5, text });
    expect(state.run?.arms.map(({ overrides }) => overrides.epsilon)).toEqual([0.2, 0.1]);
    expect(state.marks).toMatchObject([{ kind: "change", step: 5, arm: "sequence", text }]);
  });

  test("of every arm takes the place of what the arms had", () => {
    const fields = { epsilon: 0.1 };
    const state = after(loaded, { type: "changed", arm: null, fields, step: 5, text: "" });
    expect(state.run?.grpo.epsilon).toBe(0.1);
    expect(state.run?.arms.map(({ overrides }) => "epsilon" in overrides)).toEqual([false, false]);
  });

  test("marks are bounded", () => {
    const changes = Array.from({ length: MARK_LIMIT + 5 }, (_, at): WorkerEvent => {
      const fields = { beta: (at % 2) * 0.1 + 0.1 };
      return { type: "changed", arm: null, fields, step: at, text: "" };
    });
    expect(after(loaded, ...changes).marks).toHaveLength(MARK_LIMIT);
  });

  const set = (arm: string | null, epsilon: number, step = 5): WorkerEvent => ({
    type: "changed",
    arm,
    fields: { epsilon },
    step,
    text: "",
  });
  const texts = (...changes: readonly WorkerEvent[]) =>
    after(loaded, ...changes).marks.map(({ arm, step, text }) => `${step} ${arm}: ${text}`);

  test("that is taken back before a step was trained with it leaves no mark", () => {
    expect(texts(set("token", 0.4), set("token", 0.2))).toEqual([]);
    // An undo puts back each arm's own value.
    expect(texts(set(null, 0.4), set("token", 0.2), set("sequence", 0.03))).toEqual([]);
    expect(texts(set("token", 0.4, 5), set("token", 0.2, 6))).toHaveLength(2);
  });

  test("several at one step are marked by what they came to", () => {
    expect(texts(set("token", 0.4), set("token", 0.1))).toEqual(["5 token: epsilon 0.2 → 0.1"]);
    expect(texts(set(null, 0.4), set("token", 0.2))).toEqual(["5 sequence: epsilon 0.03 → 0.4"]);
  });

  test("of a stored run is marked in the same way", () => {
    const event = (at: number, arm: string, epsilon: number) =>
      ({ run: "r", at, step: 5, kind: "change", arm, text: "", fields: { epsilon } }) as const;
    const undone = [event(0, "token", 0.4), event(1, "token", 0.2)];
    expect(marksOf(run, undone)).toEqual([]);
    const stays = [...undone, event(2, "token", 0.3)];
    expect(marksOf(run, stays).map(({ text }) => text)).toEqual(["epsilon 0.2 → 0.3"]);
  });
});

describe("a failure", () => {
  test("stops the run, says where, and stays while the run stands still", () => {
    const state = after(loaded, { type: "playing" }, failed(), {
      type: "idle",
      step: 7,
      reason: "paused",
    });
    expect(state.status).toBe("failed");
    expect(state.failure).toMatchObject({ kind: "diverged", step: 7, arm: "token" });
    expect(state.marks).toHaveLength(1);
  });

  test("is over when the run plays again", () => {
    expect(after(loaded, failed(), { type: "playing" }).failure).toBeNull();
  });

  test("of a change leaves the run playing", () => {
    const state = after(loaded, { type: "playing" }, failed({ kind: "config", step: null }));
    expect(state.status).toBe("playing");
    expect(state.failure?.kind).toBe("config");
  });

  test("of a load leaves nothing to play", () => {
    const state = after({ type: "loading", run }, failed({ kind: "no-webgpu", step: null }));
    expect(state.status).toBe("failed");
    expect(state.marks).toEqual([]);
  });
});

test("while the GPU is asked for again, that is said, and nothing of an earlier loss", () => {
  const back = { type: "recovered", step: 1, replayed: 0, text: "It is back.", bytes: 1 } as const;
  const lost = (step: number) => ({ type: "lost", step, message: "" }) as const;
  const once = after(loaded, stepped(1), lost(1), back);
  expect(once).toMatchObject({ status: "paused", notice: "It is back." });
  const again = reduce(once, lost(2));
  expect(again.status).toBe("loading");
  expect(again.notice).toBe("The GPU was lost at step 2; the page asks for another one.");
  expect(reduce(again, failed({ kind: "device-lost", step: 2 })).notice).toBeNull();
});
