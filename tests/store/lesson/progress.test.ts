import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Given } from "../../../src/store/lesson/progress.ts";

const given: Given = {
  ask: "Which?",
  yours: "row 1",
  rightly: "row 2",
  right: false,
  why: "Because.",
  batch: "recorded run, step 3, token arm",
};

let kept: Map<string, string>;
const storage = (of: Map<string, string>) => ({
  getItem: (key: string) => of.get(key) ?? null,
  setItem: (key: string, value: string) => void of.set(key, value),
  removeItem: (key: string) => void of.delete(key),
});

beforeEach(() => {
  kept = new Map();
  vi.stubGlobal("localStorage", storage(kept));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The store as another visit finds it. */
async function visit() {
  vi.resetModules();
  return import("../../../src/store/lesson/progress.ts");
}

test("answers, scene and end are there on the next visit", async () => {
  const first = await visit();
  first.choose("who-pays", 2);
  first.reveal("who-pays", given, 2);
  first.next("who-pays");
  first.choose("who-pays", ["0-1"]);
  const second = await visit();
  const then = { scene: 1, answer: ["0-1"], given: [given], done: false };
  expect(second.progressOf("who-pays")).toEqual(then);
  // The last answer is the end of the work, whether or not the last page is looked at.
  second.reveal("who-pays", given, 2);
  expect(second.progressOf("who-pays")).toMatchObject({ scene: 1, done: true });
  second.next("who-pays");
  expect((await visit()).progressOf("who-pays")).toMatchObject({ scene: 2, done: true });
});

test("a lesson that is begun anew forgets its answers and stays done", async () => {
  const store = await visit();
  store.reveal("epsilon", given, 1);
  store.next("epsilon");
  store.startOver("epsilon");
  expect(store.progressOf("epsilon")).toEqual({ scene: 0, answer: null, given: [], done: true });
  store.forgetAnswers();
  expect((await visit()).progressOf("epsilon").done).toBe(false);
});

test.each([
  ["no JSON", "{"],
  ["another thing", "[]"],
  ["a lesson in parts", '{"epsilon":{"scene":1,"done":true}}'],
  ["an answer without its why", '{"epsilon":{"scene":1,"done":true,"answer":1,"given":[{}]}}'],
])("what another version left is not taken: %s", async (_, text) => {
  kept.set("ratioscope.lessons", text);
  expect((await visit()).progressOf("epsilon").scene).toBe(0);
});
