import { beforeEach, expect, test } from "vitest";
import type { RetainedStep } from "../../../src/record/retained-records.ts";
import { followFilm, goToFrame, pickFilm, useFilm } from "../../../src/store/screen/film.ts";
import { emptyRun } from "../../../src/store/run/run.ts";
import { useRun } from "../../../src/store/run/run-store.ts";
import { returnToLive, useView } from "../../../src/store/view/view.ts";
import { answer, answered } from "../../support/example-film.ts";

followFilm();
beforeEach(() => {
  useRun.setState(emptyRun, true);
  useFilm.setState({ prompt: 0, picked: false });
  returnToLive();
});

const [bad, good] = [answer("13", 0.2), answer("123", 1)];
const begun = [answered("token", 0, bad, bad)];
const learnt = [...begun, answered("token", 4, bad, good)];

test("the film is of the prompt that tells most, once training stands still, until one is picked", () => {
  useRun.setState({ film: begun, status: "playing" });
  expect(useFilm.getState().prompt).toBe(0);
  useRun.setState({ film: learnt });
  expect(useFilm.getState().prompt).toBe(0);
  useRun.setState({ status: "paused" });
  expect(useFilm.getState().prompt).toBe(1);
  pickFilm(0);
  useRun.setState({ film: [...learnt, answered("token", 8, bad, good)] });
  expect(useFilm.getState()).toEqual({ prompt: 0, picked: true });
  // Another run has other prompts.
  useRun.setState({ film: [answered("token", 0, good, bad), answered("token", 4, good, good)] });
  expect(useFilm.getState()).toEqual({ prompt: 1, picked: false });
});

const kept = (...steps: number[]): RetainedStep[] =>
  steps.map((step) => ({ step, generation: 0, innerStep: 0, records: {}, bytes: 0 }));
const stepAt = (all: RetainedStep[], shown: number, frame: number): number | null => {
  goToFrame(all, shown, frame);
  return useView.getState().step;
};

test("a frame takes everything to its step, or to the next one that left a record", () => {
  const all = kept(1, 2, 3, 4, 5, 6, 7, 8);
  expect(stepAt(all, 8, 4)).toBe(4);
  // Before any step: the first one there is.
  expect(stepAt(all, 4, 0)).toBe(1);
  // The newest one is followed.
  expect(stepAt(all, 4, 8)).toBeNull();
  expect(stepAt(kept(1, 5, 30, 31), 1, 20)).toBe(30);
  // It would not move: to the one before.
  expect(stepAt(kept(1, 5, 30, 31), 30, 20)).toBe(5);
  // There is nowhere to go.
  expect(stepAt([], 5, 4)).toBe(5);
});
