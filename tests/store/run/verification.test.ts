import { expect, test } from "vitest";
import { emptyRun, type PageEvent, reduce } from "../../../src/store/run/run.ts";
import { failuresOf, verificationText } from "../../../src/store/run/verification.ts";
import { run } from "../../support/make-record.ts";

const verified: PageEvent = {
  type: "verified",
  adapter: { name: "swiftshader", software: true },
  reports: [
    {
      kind: "trl-loss",
      cases: 25,
      failed: 1,
      unsupported: 0,
      worst: { loss: 1.25e-7, nonfinite: 0 },
      failures: ["dev-1: loss is off by 1.00e-1, allowed 1.00e-4"],
    },
    { kind: "moe", cases: 2, failed: 0, unsupported: 2, worst: {}, failures: ["case 0: none"] },
  ],
  elapsedMs: 2340,
};

test("the vectors are idle, then count their cases, then hold every report", () => {
  expect(emptyRun.verification).toEqual({ status: "idle" });
  const running = reduce(emptyRun, { type: "verifying", done: 3, total: 27 });
  expect(running.verification).toEqual({ status: "running", done: 3, total: 27 });
  const done = reduce(running, verified);
  expect(done.verification).toMatchObject({ status: "done", elapsedMs: 2340 });
});

test("vectors that could not be run leave the run as it was", () => {
  const loading = reduce(emptyRun, { type: "loading", run });
  const failed = reduce(loading, { type: "verify-failed", message: "No.", remedy: "Again." });
  expect(failed).toEqual({
    ...loading,
    verification: { status: "failed", message: "No.", remedy: "Again." },
  });
});

test("a new run leaves the outcome on the page", () => {
  const state = [verified, { type: "loading", run } as const].reduce(reduce, emptyRun);
  expect(state.verification.status).toBe("done");
});

test("the text names the adapter, each quantity's worst error and each failure", () => {
  const { verification } = reduce(emptyRun, verified);
  if (verification.status !== "done") throw new Error("the vectors are not done");
  expect(failuresOf(verification)).toBe(3);
  expect(verificationText(verification, "Chrome/150")).toBe(
    [
      "Ratioscope reference vectors: 27 cases, 3 failed",
      "adapter  swiftshader (software)",
      "browser  Chrome/150",
      "time     2.3 s",
      "",
      "trl-loss: 25 cases, 1 failed, worst errors",
      "  1.25e-7   loss",
      "  0         nonfinite",
      "  failed: dev-1: loss is off by 1.00e-1, allowed 1.00e-4",
      "",
      "moe: 2 cases, 2 failed, worst errors",
      "  failed: case 0: none",
      "",
    ].join("\n"),
  );
});
