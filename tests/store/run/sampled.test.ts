import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useRun } from "../../../src/store/run/run-store.ts";
import { whenRunChanged } from "../../../src/store/run/sampled.ts";

const EVERY = 500;
let taken = 0;
let sampling: ReturnType<typeof whenRunChanged>;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  useRun.setState({ status: "playing" });
  taken = 0;
  sampling = whenRunChanged(() => taken++, EVERY, 0);
});

afterEach(() => {
  sampling.stop();
  vi.useRealTimers();
});

/** As training: something changes ten times a second. */
const train = (ms: number): void => {
  for (let passed = 0; passed < ms; passed += 100) {
    useRun.setState({ elapsedMs: passed });
    vi.advanceTimersByTime(100);
  }
};

test("a view in sight is drawn at its own pace, one out of sight an eighth as often", () => {
  train(8 * EVERY);
  expect(taken).toBe(8);
  sampling.see(false);
  train(16 * EVERY);
  expect(taken).toBe(8 + 2);
});

test("what is due is drawn as soon as it is seen, and once", () => {
  sampling.see(false);
  train(EVERY);
  expect(taken).toBe(0);
  sampling.see(true);
  expect(taken).toBe(1);
  sampling.see(false);
  sampling.see(true);
  expect(taken).toBe(1);
});

test("out of sight the last state of a run that stands still is drawn no later than in sight", () => {
  sampling.see(false);
  train(EVERY);
  useRun.setState({ status: "paused" });
  vi.advanceTimersByTime(EVERY);
  expect(taken).toBe(1);
  vi.advanceTimersByTime(20 * EVERY);
  expect(taken).toBe(1);
});

test("nothing is drawn after it was stopped", () => {
  train(100);
  sampling.stop();
  train(10 * EVERY);
  expect(taken).toBe(0);
});
