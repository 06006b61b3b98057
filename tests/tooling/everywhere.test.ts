import { expect, test } from "vitest";
import { cell } from "../../scripts/everywhere/cells.mjs";
import { compareRuns, toldDifference } from "../../scripts/everywhere/digits.mjs";
import { findFirefox } from "../../scripts/firefox.mjs";

const line = (step: number, metrics: Record<string, number | null>) => ({
  preset: "sort",
  arm: "token",
  step,
  metrics,
});
const reference = [line(1, { loss: 0.5, kl: null }), line(2, { loss: 0.25, kl: 1e-8 })];

test("runs with the same digits are that, NaN included", () => {
  const found = compareRuns(structuredClone(reference), reference);
  expect(found).toEqual({ first: null, beyond: null, worst: 0, missing: 0 });
  expect(toldDifference(found, "Node's")).toBe("Node's digits, every one");
});

test("the first other digit is told, and the largest difference; the last bit is one", () => {
  const found = compareRuns(
    [line(1, { loss: 0.5 + 2 ** -53, kl: null }), line(2, { loss: 0.250001, kl: 1e-8 })],
    reference,
  );
  expect(found.beyond).toBeNull();
  expect(found.worst).toBeCloseTo(1e-6, 12);
  expect(toldDifference(found, "Node's")).toBe(
    "Node's numbers to 1.0e-6, first other digit sort, token, step 1, loss: 0.5000000000000001 for 0.5",
  );
});

test.each([
  ["far off", { loss: 0.251, kl: 1e-8 }, "loss: 0.251 for 0.25"],
  ["NaN for a number", { loss: null, kl: 1e-8 }, "loss: null for 0.25"],
  ["left out", { kl: 1e-8 }, "loss: undefined for 0.25"],
  ["one that the other has not got", { loss: 0.25, kl: 1e-8, more: 1 }, "more: 1 for undefined"],
])("a number that is %s is beyond rounding", (_, metrics, says) => {
  const found = compareRuns([reference[0]!, line(2, metrics as Record<string, number>)], reference);
  expect(found.beyond?.at).toBe(`sort, token, step 2, ${says}`);
  expect(toldDifference(found, "Node's")).toContain("not Node's numbers");
});

test("steps that are missing are counted, for none of them differs", () => {
  const found = compareRuns(reference.slice(0, 1), reference);
  expect(found).toMatchObject({ beyond: null, missing: 1 });
  expect(toldDifference(found, "Node's")).toContain("steps missing: 1");
});

test("a cell has the counts, the largest error and where it was", () => {
  expect(cell("vectors", [])).toBe("nothing");
  const files = [
    { file: "a.json", cases: 2, failed: 0, worst: { logp: 1e-7, loss: 3e-6 } },
    { file: "b.json", cases: 3, failed: 1, worst: { norm: 2e-6 } },
  ];
  expect(cell("vectors", files)).toBe("5 cases, 1 failed; largest error 3.0e-6 (a.json loss)");
  const tests = [
    { file: "opens", passed: 1, failed: 0, ms: 12_345 },
    { file: "files", passed: 0, failed: 1, ms: 1 },
  ];
  expect(cell("page", tests)).toBe("opens 12 s, files ✗");
  expect(cell("kernels", tests)).toBe("1 passed, 1 failed");
});

test("Firefox is what FIREFOX says, else in the usual places of each system, else not there", () => {
  const on = (platform: string, env: Record<string, string>, ...there: readonly string[]) =>
    findFirefox({ platform, env, exists: (path) => there.includes(path) });
  expect(on("linux", { FIREFOX: "/opt/mine" }, "/usr/bin/firefox")).toBe("/opt/mine");
  expect(on("linux", {}, "/usr/bin/firefox-esr")).toBe("/usr/bin/firefox-esr");
  expect(on("linux", {}, "/usr/bin/firefox-esr", "/usr/bin/firefox")).toBe("/usr/bin/firefox");
  const mac = "/Users/r/Applications/Firefox.app/Contents/MacOS/firefox";
  expect(on("darwin", { HOME: "/Users/r" }, mac)).toBe(mac);
  expect(on("linux", {})).toBeNull();
});
