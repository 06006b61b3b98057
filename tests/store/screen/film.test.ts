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

test("a run keeps its film's prompt, through a pause too, until the reader picks another", () => {
  useRun.setState({ film: begun, status: "playing" });
  expect(useFilm.getState().prompt).toBe(0);
  useRun.setState({ film: learnt });
  useRun.setState({ status: "paused" });
  // By now the second prompt tells more.
  expect(useFilm.getState()).toEqual({ prompt: 0, picked: false });
  pickFilm(1);
  useRun.setState({ film: [...learnt, answered("token", 8, bad, good)] });
  expect(useFilm.getState()).toEqual({ prompt: 1, picked: true });
  // Another run has other prompts: that which tells most; where it only begins, has most to learn.
  useRun.setState({ film: [answered("token", 0, good, bad), answered("token", 4, good, good)] });
  expect(useFilm.getState()).toEqual({ prompt: 1, picked: false });
  useRun.setState({ film: [answered("token", 0, good, bad, good)] });
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
