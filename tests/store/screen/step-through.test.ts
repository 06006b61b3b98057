import { beforeEach, expect, test } from "vitest";
import { goTo } from "../../../src/store/screen/step-through.ts";
import {
  initialView,
  restoreStage,
  returnToLive,
  selectStage,
  setCompare,
  setPhase,
  showStage,
  useView,
} from "../../../src/store/view/view.ts";

const stage = () => useView.getState().stage;

beforeEach(() => useView.setState({ ...initialView, stage: 3 }));

test("the reader's stage comes back when no part of a step is lit any longer", () => {
  for (const end of [() => setPhase(null), returnToLive, () => goTo({ step: 4, phase: null })]) {
    goTo({ step: 4, phase: "ratio" });
    goTo({ step: 4, phase: "aggregate" });
    expect(stage()).toBe(5);
    end();
    expect(stage()).toBe(3);
  }
});

test("a stage that the reader chooses meanwhile stays", () => {
  goTo({ step: 4, phase: "aggregate" });
  selectStage(1);
  setPhase(null);
  expect(stage()).toBe(1);
});

test("a stage that is shown for a while gives way to the reader's own, also shown twice", () => {
  showStage(4);
  showStage(5);
  restoreStage();
  expect([stage(), useView.getState().stageBefore]).toEqual([3, null]);
});

test("a stage that is chosen ends what each update does, and no comparison of its own", () => {
  setCompare("effect");
  selectStage(4);
  expect([stage(), useView.getState().compare]).toEqual([4, "side"]);
  setCompare("difference");
  selectStage(3);
  expect([stage(), useView.getState().compare]).toEqual([3, "difference"]);
});
