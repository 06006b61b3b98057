import { describe, expect, test } from "vitest";
import { formatLink, parseLink } from "../../src/config/link.ts";
import { presets } from "../../src/config/presets.ts";
import { getField, setField, shareField } from "../../src/config/run-fields.ts";
import { runFrom } from "../../src/config/run-from.ts";
import { fields } from "../../src/config/schema.ts";
import type { RunConfig } from "../../src/config/types.ts";
import { fc, fuzzRuns, hangWatch } from "../support/fuzz.ts";
import { anyRun } from "./arbitrary-run.ts";
import { outOfBounds } from "./out-of-bounds.ts";

/** Everything a run decides, arms' own values told apart from shared ones. */
const facts = (run: RunConfig) => ({
  shared: fields.map(({ name }) => [name, getField(run, name)]),
  arms: run.arms.map(({ name, overrides }) => [
    name,
    Object.entries(overrides).toSorted(([a], [b]) => a.localeCompare(b)),
  ]),
});

test("a preset is a short link", () => {
  expect(formatLink(runFrom("sort"))).toBe("?preset=sort&v=1&seed=42");
  expect(parseLink("?preset=sort&v=1&seed=42")).toEqual({
    run: runFrom("sort"),
    view: {},
    problems: [],
  });
});

test("an empty link is the default preset", () => {
  expect(parseLink("")).toEqual({ run: runFrom(), view: {}, problems: [] });
});

test("only what differs is in the link", () => {
  const run = setField(
    setField(runFrom("sort", { seed: 7 }), "learning_rate", 1e-3),
    "epsilon",
    0.02,
    "sequence",
  );
  expect(formatLink(run, { stage: "ratio" })).toBe(
    "?preset=sort&v=1&learning_rate=0.001&seed=7&sequence.epsilon=0.02&view.stage=ratio",
  );
});

test("a shared value in a link counts for every arm, as with --set", () => {
  const { run } = parseLink("?preset=sort&epsilon=0.1");
  expect(run.arms.map((arm) => getField(run, "epsilon", arm.name))).toEqual([0.1, 0.1]);
});

test("an arm that gave up its own value says so", () => {
  const run = shareField(runFrom("sort"), "epsilon", "token");
  expect(formatLink(run)).toContain("token.epsilon=shared");
  expect(facts(parseLink(formatLink(run)).run)).toEqual(facts(run));
});

test("an arm of another name survives", () => {
  const start = runFrom("sort");
  const run = {
    ...start,
    arms: [...start.arms, { name: "tight", overrides: { epsilon: 0.01 } }],
  };
  expect(formatLink(run)).toContain("arms=token,sequence,tight&");
  expect(facts(parseLink(formatLink(run)).run)).toEqual(facts(run));
});

test.each(presets)("the preset $id comes back from its link", ({ run }) => {
  const parsed = parseLink(formatLink(run));
  expect(parsed.problems).toEqual([]);
  expect(facts(parsed.run)).toEqual(facts(run));
});

test("every run comes back from its link, with its view", () => {
  const view = fc.dictionary(
    fc.stringMatching(/^[a-z]{1,8}$/),
    fc.stringMatching(/^[\w .,=&%+é-]{0,20}$/),
  );
  fc.assert(
    fc.property(anyRun, view, (run, shown) => {
      const parsed = parseLink(formatLink(run, shown));
      expect(parsed.problems).toEqual([]);
      expect(facts(parsed.run)).toEqual(facts(run));
      expect(parsed.view).toEqual({ ...shown });
    }),
    { numRuns: 200 },
  );
});

describe("what a link cannot have is reported and left out", () => {
  test.each([
    ["epslion=0.1", { key: "epslion", value: "0.1", used: "", nearest: "epsilon" }],
    ["epsilon=-1", { key: "epsilon", value: "-1", used: "0.2" }],
    ["sequence.epsilon=-1", { key: "sequence.epsilon", value: "-1", used: "0.03" }],
    ["sequense.epsilon=0.1", { key: "sequense.epsilon", used: "", nearest: "sequence" }],
    ["token.layers=3", { key: "token.layers", used: "2" }],
    ["preset=srot", { key: "preset", value: "srot", used: "four-passes", nearest: "sort" }],
    ["v=2", { key: "v", value: "2", used: "1" }],
    ["arms=token,token", { key: "arms", used: "token,sequence" }],
    ["arms=view", { key: "arms", used: "token,sequence" }],
    ["seed=1&seed=2", { key: "seed", value: "2", used: "1" }],
    ["view.<x>=1", { key: "view.<x>", used: "" }],
    ["warmStart=../../x", { key: "warmStart", used: "sort" }],
    ["__proto__=1", { key: "__proto__", used: "" }],
    ["token.__proto__=1", { key: "token.__proto__", used: "" }],
  ])("%s", (query, problem) => {
    const { run, problems } = parseLink(
      `?preset=sort&${query}`.replace("preset=sort&preset", "preset"),
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject(problem);
    expect(problems[0]?.why).toMatch(/^\S.*\.$/);
    const preset = problem.key === "preset" ? undefined : "sort";
    expect(facts(setField(run, "seed", 42))).toEqual(facts(runFrom(preset)));
  });

  test("a link of very many parts is read up to a limit", () => {
    const { problems } = parseLink(Array.from({ length: 500 }, (_, i) => `x${i}=1`).join("&"));
    expect(problems.some(({ why }) => why.includes("500 parts"))).toBe(true);
  });
});

const BROKEN = fuzzRuns(1500);

test(`${BROKEN} broken links: no crash, no hang, and nothing out of bounds is taken`, () => {
  const key = fc.oneof(
    fc.constantFrom(...fields.map(({ name }) => name)),
    fc.constantFrom(
      "preset",
      "arms",
      "v",
      "token.epsilon",
      "sequence.beta",
      "view.a",
      "%",
      "__proto__",
    ),
    fc.string({ maxLength: 12 }),
  );
  const value = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.double().map(String),
    fc.constantFrom("sort", "none", "token,sequence", "%E0%A4", "1e999"),
  );
  let taken = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 8 }), (parts) => {
      const query = parts.map(([k, v]) => `${k}=${v}`).join("&");
      const expectInTime = hangWatch();
      const { run, problems } = parseLink(query);
      expectInTime();
      if (problems.length < parts.length) taken++;
      expect(outOfBounds(run)).toEqual([]);
      expect(Object.getPrototypeOf(run)).toBe(Object.prototype);
    }),
    { numRuns: BROKEN },
  );
  expect(taken).toBeGreaterThan(BROKEN / 10);
});
