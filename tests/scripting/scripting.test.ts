import { beforeEach, describe, expect, test, vi } from "vitest";
import { type Ratioscope, scripting } from "../../src/scripting/ratioscope-api.ts";
import { commandsGoTo } from "../../src/store/run/actions.ts";
import { receive, useRun } from "../../src/store/run/run-store.ts";
import type { Command, Failure, Request } from "../../src/worker/protocol.ts";
import { RefusedError } from "../../src/worker/refused-error.ts";
import { makeRecord, report, run } from "../support/make-record.ts";

const TOTAL = 10;
let at = 0;
let sent: (Command | Request)[] = [];

/** A worker that does at once what it is asked, and says so as the real one does. */
function worker(command: Command | Request): void {
  sent.push(command);
  switch (command.type) {
    case "load":
      at = 0;
      receive({
        type: "loaded",
        run: command.run,
        adapter: { name: "test", software: true },
        parameters: 1,
        bytes: 1,
        totalSteps: TOTAL,
        stepsPerGeneration: 4,
      });
      return;
    case "play":
      receive({ type: "playing" });
      return;
    case "pause":
      receive({ type: "idle", step: at, reason: "paused" });
      return;
    case "step": {
      receive({ type: "playing" });
      at = Math.min(TOTAL, at + command.steps);
      const reports = [report(at, "token", { reward: 1 })];
      const records = [makeRecord({ step: at })];
      receive({ type: "stepped", reports, records, elapsedMs: 1, stepMs: 1 });
      receive({ type: "idle", step: at, reason: at === TOTAL ? "finished" : "stepped" });
      return;
    }
    case "lose-device":
      receive({ type: "lost", step: at, message: "" });
      receive({ type: "recovered", step: at, replayed: 0, text: "back", bytes: 1 });
      return;
    default:
  }
}

/** What is answered is null, which is all that the page asks for here. */
const answered = async <R>(request: Request): Promise<R> => {
  worker(request);
  return null as R;
};

let api: Ratioscope;
const asked = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "done",
    (error: unknown) => (error instanceof Error ? error.message : "no error"),
  );
/** As JavaScript lets anybody call it. */
const untyped = () => api as unknown as Record<string, (argument?: unknown) => Promise<unknown>>;

beforeEach(() => {
  commandsGoTo({ send: worker, ask: answered });
  api = scripting();
  worker({ type: "load", run });
  sent = [];
});

describe("what cannot be done rejects with a sentence and is not sent", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;

  test.each<[string, unknown, RegExp]>([
    ["step", -1, /^step\(-1\): steps must be a whole number of at least 1\. To train/],
    ["step", 0, /^step\(0\): /],
    ["step", NaN, /^step\(NaN\): /],
    ["step", 1.5, /^step\(1\.5\): /],
    ["step", Infinity, /^step\(Infinity\): .*play\(\)/],
    ["step", "3", /^step\("3"\): /],
    ["step", null, /^step\(null\): /],
    ["step", 10n, /^step\(10\): /],
    ["load", null, /^load\(null\): it takes an object with preset, seed and config/],
    ["load", "sort", /^load\("sort"\): it takes an object/],
    ["load", [], /^load\(\[\]\): /],
    ["load", () => {}, /^load\(a function\): /],
    ["load", { presets: "sort" }, /there is no "presets" to set; the nearest is preset\./],
    ["load", { learning_rate: 1 }, /there is no "learning_rate" to set.*fields go into config\./],
    ["load", { preset: 3 }, /preset is 3; it must be a preset's name/],
    ["load", { preset: "srot" }, /no preset named "srot"\. Choose one of .*; the nearest is sort/],
    ["load", { seed: NaN }, /seed is NaN; it must be a whole number/],
    ["load", { seed: null }, /seed is null/],
    ["load", { config: null }, /config is null; it must be an object of values/],
    ["load", { config: { epsilon: undefined } }, /epsilon is undefined; a field takes a number/],
    ["load", { config: { epsilon: NaN } }, /epsilon takes a number from/],
    ["load", { config: { lr: 1 } }, /no field named "lr"\. Fields have TRL's names/],
    ["record", 3, /^record\(3\): an arm's name must be text/],
    ["record", circle, /^record\(an object\): /],
    ["record", "nobody", /no record of an arm "nobody" yet\. The run's arms are token, sequence\./],
    ["record", "token", /no record of an arm "token" yet\. Take a step first/],
  ])("%s(%o)", async (name, argument, sentence) => {
    expect(await asked(untyped()[name]!(argument))).toMatch(sentence);
    expect(sent).toEqual([]);
  });
});

test("what can be done is done", async () => {
  await api.load({ preset: "sort", seed: 3, config: { "sequence.epsilon": 0.05 } });
  expect(sent).toMatchObject([{ type: "load", run: { grpo: { seed: 3 } } }]);
  await api.load();
  await api.step();
  await api.step(2);
  expect(await api.record("token")).toMatchObject({ arm: "token", step: 3 });
  await api.play();
  await api.pause();
  await api.loseDevice();
  expect(sent.map(({ type }) => type)).toEqual([
    "load",
    "load",
    "step",
    "step",
    "play",
    "pause",
    "lose-device",
  ]);
});

const failure: Failure = {
  kind: "config",
  message: "epsilon is fixed.",
  remedy: "Reset.",
  fields: [],
  step: null,
  arm: null,
};

test("of two loads each gets its own answer", async () => {
  const tooLarge: Failure = { ...failure, kind: "limits", message: "It needs 9 GiB." };
  const answers: (() => void)[] = [];
  commandsGoTo({
    send: worker,
    ask: (request) =>
      new Promise((resolve, reject) => {
        const first = answers.length === 0;
        answers.push(() => {
          if (first) {
            receive({ type: "failed", ...tooLarge });
            reject(new RefusedError(tooLarge));
          } else {
            worker(request);
            resolve(null as never);
          }
        });
      }),
  });
  const calls = [asked(api.load({ seed: 1 })), asked(api.load({ seed: 2 }))];
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  for (const answer of answers) answer();
  expect(await Promise.all(calls)).toEqual(["It needs 9 GiB. Reset.", "done"]);
});

test("a change that is refused meanwhile fails no step", async () => {
  let finish = () => {};
  commandsGoTo({
    send: (command) => {
      receive({ type: "playing" });
      finish = () => worker(command);
    },
    ask: answered,
  });
  const call = asked(api.step(2));
  await vi.waitFor(() => expect(useRun.getState().status).toBe("playing"));
  receive({ type: "failed", ...failure });
  finish();
  expect(await call).toBe("done");
});

test("a step that stops training rejects with why", async () => {
  commandsGoTo({
    send: () => receive({ type: "failed", ...failure, kind: "diverged", step: 1 }),
    ask: answered,
  });
  expect(await asked(api.step())).toBe("epsilon is fixed. Reset.");
});

test("a run at its end says so instead of doing nothing", async () => {
  await api.step(TOTAL);
  for (const [name, call] of [
    ["step", api.step()],
    ["play", api.play()],
    ["resume", api.resume()],
  ] as const) {
    expect(await asked(call)).toMatch(
      new RegExp(`^${name}\\(1?\\): the run has done all of its 10 steps .*larger max_steps`),
    );
  }
});

test("without a GPU every call that needs one rejects with what is the matter", async () => {
  const message = "This browser gives the page no GPU.";
  const failed = { type: "failed", kind: "no-adapter", fields: [], step: null, arm: null } as const;
  receive({ ...failed, message, remedy: "Use another." });
  for (const call of [api.step(), api.play(), api.pause(), api.resume(), api.loseDevice()]) {
    expect(await asked(call)).toBe(`${message} Use another.`);
  }
});
