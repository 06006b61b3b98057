import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { formatLink } from "../../../src/config/link.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { retainRecords } from "../../../src/record/retained-records.ts";
import { parseRecording } from "../../../src/runs/recording.ts";
import { addLinkProblem, linkOf, openLink, useLink } from "../../../src/store/page/link.ts";
import { followMoment } from "../../../src/store/page/arrive.ts";
import { useMoment } from "../../../src/store/page/moment.ts";
import { emptyRun } from "../../../src/store/run/run.ts";
import { receive, useRun } from "../../../src/store/run/run-store.ts";
import { followRun, useDisplay } from "../../../src/store/screen/display.ts";
import { closeWhatIf, useWhatIf } from "../../../src/store/screen/what-if.ts";
import { initialView, useView } from "../../../src/store/view/view.ts";

const file = new URL("../../../public/recordings/default.json", import.meta.url);
const recording = parseRecording(readFileSync(file, "utf8"));
const run = runFrom();

followRun();
followMoment(addLinkProblem);

beforeEach(() => {
  vi.stubGlobal("location", { href: "https://example.org/page/" });
  closeWhatIf();
  useRun.setState(emptyRun, true);
  useDisplay.setState({ kept: [] });
  useView.setState(initialView);
});

afterEach(() => vi.unstubAllGlobals());

/** As the page opens: the link, then its run, then the recorded one. */
async function open(view: Record<string, string>, recorded: boolean): Promise<void> {
  const linked = openLink(formatLink(run, view));
  if (linked === null) throw new Error("there is no link");
  receive({ type: "loading", run: linked });
  if (recorded) receive({ type: "recorded", recording });
  await settled();
}

/** What is queued for after an event. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

const seen = () => {
  const { step, pinned } = useView.getState();
  return { step, pinned, wanted: useMoment.getState().step };
};

const problems = () => useLink.getState().problems.map(({ why }) => why);

test("a link to a step of the recorded run opens there, and so does what it copies", async () => {
  await open({ step: "22", pin: "5-2" }, true);
  expect(seen()).toEqual({ step: 22, pinned: { row: 4, token: 1 }, wanted: null });
  expect(problems()).toEqual([]);
  const query = new URL(linkOf()!).searchParams;
  expect([query.get("view.step"), query.get("view.pin")]).toEqual(["22", "5-2"]);
});

test("its last step is followed, and a cell pinned there names it in the next link", async () => {
  await open({ step: "24", pin: "1-1" }, true);
  expect(seen()).toEqual({ step: null, pinned: { row: 0, token: 0 }, wanted: null });
  expect(new URL(linkOf()!).searchParams.get("view.step")).toBe("24");
});

test("a step that is not trained yet is waited for, and another run forgets it", async () => {
  await open({ step: "120", pin: "1-2" }, true);
  expect(seen()).toEqual({ step: null, pinned: null, wanted: 120 });
  const [like] = recording.records;
  const record = { ...like!, step: 120 };
  useRun.setState({ source: "live", status: "paused", kept: retainRecords([], [record]) });
  await settled();
  expect(seen()).toEqual({ step: null, pinned: { row: 0, token: 1 }, wanted: null });

  await open({ step: "120" }, false);
  receive({ type: "loading", run: runFrom("sort", { seed: 7 }) });
  expect(seen().wanted).toBe(null);
});

test("a cell that the step has not got is said", async () => {
  await open({ step: "24", pin: "900-1" }, true);
  expect(problems()).toEqual([
    `view.pin names row 900; step 24 has ${recording.records.at(-1)!.rows} rows.`,
  ]);
  await open({ step: "24", pin: "1-900" }, true);
  expect(problems()).toEqual([
    expect.stringMatching(/^view\.pin names token 900; row 1 of step 24 has \d+\.$/),
  ]);
});

test("the worked example and its cell", async () => {
  await open({ example: "1", pin: "4-3", step: "7" }, false);
  expect(useWhatIf.getState().example).toBe(true);
  expect(seen()).toEqual({ step: null, pinned: { row: 3, token: 2 }, wanted: null });
  expect(problems()).toEqual(["The worked example has no steps; view.example=1 is shown."]);
  const query = new URL(linkOf()!).searchParams;
  expect([query.get("view.example"), query.get("view.pin")]).toEqual(["1", "4-3"]);
  expect(query.has("view.step")).toBe(false);
});

test("what none of them can be is said", () => {
  openLink("?preset=sort&view.step=-3&view.pin=2&view.example=yes");
  expect(problems()).toEqual([
    'view.step takes the number of an optimizer step, from 1; "-3" is not.',
    'view.pin takes a row and a token, each from 1, as in 14-2; "2" is not.',
    'view.example takes 1; "yes" is not.',
  ]);
});
