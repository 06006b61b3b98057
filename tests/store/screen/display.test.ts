import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { followRun, useDisplay } from "../../../src/store/screen/display.ts";
import type { RetainedStep } from "../../../src/record/retained-records.ts";
import { emptyRun } from "../../../src/store/run/run.ts";
import { useRun } from "../../../src/store/run/run-store.ts";
import { makeRecord } from "../../support/make-record.ts";

followRun();
beforeEach(() => {
  vi.useFakeTimers();
  useRun.setState(emptyRun);
});
afterEach(() => vi.useRealTimers());

const retained = (step: number): readonly RetainedStep[] => [
  { step, generation: 1, innerStep: 0, bytes: 0, records: {} },
];

test("the first step of training takes the recorded run's place at once", () => {
  useRun.setState({ source: "recorded", kept: retained(40) });
  expect(useDisplay.getState().kept[0]?.step).toBe(40);
  useRun.setState({ source: "live", status: "playing", kept: retained(1) });
  expect(useDisplay.getState().kept[0]?.step).toBe(1);
});

/** Step n of a run of two inner steps a rollout, of which one level clips `clipped` tokens. */
function stepOf(n: number, clipped = 0): RetainedStep {
  const plain = makeRecord();
  const record = {
    ...plain,
    step: n,
    sequenceClipped: plain.sequenceClipped.map(() => 0),
    tokenClipped: plain.tokenClipped.map((_, i) => (i < clipped ? 1 : 0)),
  };
  const [generation, innerStep] = [Math.floor((n - 1) / 2), (n - 1) % 2];
  return { step: n, generation, innerStep, bytes: 0, records: { token: record } };
}

const onScreen = () => useDisplay.getState().kept.at(-1)?.step;

test("racing rollouts are held: the one that tells the most of those since, two seconds at least", () => {
  const racing = { source: "live", status: "playing", stepMs: 50, stepsPerGeneration: 2 } as const;
  const steps = [stepOf(1), stepOf(2), stepOf(3), stepOf(4, 2), stepOf(5), stepOf(6), stepOf(7)];
  useRun.setState({ ...racing, kept: steps.slice(0, 2) });
  expect(onScreen()).toBe(2);
  for (let n = 3; n <= 7; n++) {
    vi.advanceTimersByTime(50);
    useRun.setState({ kept: steps.slice(0, n) });
    expect(onScreen()).toBe(2);
  }
  vi.advanceTimersByTime(2000);
  // The steps in between are there to go back to.
  expect(useDisplay.getState().kept.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  // Of those since, though an older one tells more; of equals the newest.
  useRun.setState({ kept: [...steps, stepOf(8), stepOf(9)] });
  vi.advanceTimersByTime(2000);
  expect(onScreen()).toBe(8);
  // Where training stands, its last step is on screen.
  useRun.setState({ status: "paused" });
  expect(onScreen()).toBe(9);
});

test("slow rollouts are shown step by step", () => {
  const steps = [stepOf(1), stepOf(2), stepOf(3)];
  const slow = { source: "live", status: "playing", stepMs: 1500, stepsPerGeneration: 2 } as const;
  useRun.setState({ ...slow, kept: steps.slice(0, 2) });
  useRun.setState({ kept: steps });
  vi.advanceTimersByTime(200);
  expect(onScreen()).toBe(3);
});
