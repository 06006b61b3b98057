import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkConfig } from "../../src/config/check.ts";
import { decodeSafetensors } from "../../src/engine/policy/safetensors.ts";
import type { SeedOutcome } from "../../src/experiments/experiment.ts";
import { experimentNamed, experiments } from "../../src/experiments/registry.ts";
import { resultOf, readResult } from "../../src/experiments/result.ts";
import { runSeed } from "../../src/experiments/run-experiment.ts";
import { sharedDevice } from "../support/shared-device.ts";

const device = sharedDevice();

const weights = async (name: string) =>
  decodeSafetensors(
    readFileSync(new URL(`../../public/checkpoints/${name}.safetensors`, import.meta.url)),
  ).tensors;

test("every experiment has an id of its own, a title, a claim and a method in sentences", () => {
  expect(new Set(experiments.map(({ id }) => id)).size).toBe(experiments.length);
  for (const { id, title, claim, method } of experiments) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(title).toMatch(/\w/);
    expect(claim).toMatch(/\.$/);
    expect(method).toMatch(/\.$/);
  }
});

test("one that there is not is refused with those that there are", () => {
  expect(() => experimentNamed("clips-mor")).toThrow('There is no experiment named "clips-mor".');
});

/** What follows from the formulas, whatever the seeds are. */
const CERTAIN: Readonly<Record<string, string>> = { "on-policy": "holds", "length-bias": "holds" };

describe.each(experiments)("$id", (experiment) => {
  const { least } = experiment.steps;

  test("its runs can start, and differ between seeds in the seed alone", () => {
    const [one, other] = [experiment.conditions(1), experiment.conditions(2)];
    for (const [i, { id, run }] of one.entries()) {
      expect(checkConfig(run)).toEqual([]);
      expect(other[i]!.id).toBe(id);
      const { run: again } = other[i]!;
      expect(again).toEqual({ ...run, grpo: { ...run.grpo, seed: 2 } });
      expect(run.grpo.seed).toBe(1);
    }
  });

  test("two seeds of few steps give a verdict, and a picture, and go through a file", async () => {
    const outcomes: SeedOutcome[] = [];
    let steps = 0;
    for (const seed of [1, 2]) {
      const outcome = await runSeed(experiment, seed, least, {
        ...{ device: device(), family: "register", weights },
        next: () => Promise.resolve(true),
        stepped: () => void steps++,
      });
      outcomes.push(outcome!);
    }
    expect(steps).toBe(2 * least * experiment.conditions(1).length);
    expect(outcomes.map(({ seed }) => seed)).toEqual([1, 2]);
    const { outcome, sentences } = experiment.verdict(outcomes);
    const certain = CERTAIN[experiment.id];
    expect(certain === undefined ? ["holds", "fails", "open"] : [certain]).toContain(outcome);
    for (const sentence of sentences) expect(sentence).toMatch(/^[^]+\.$/);
    expect(sentences.join()).not.toMatch(/NaN|undefined|Infinity|∞/);
    expect(experiment.panels(outcomes).length).toBeGreaterThan(0);
    const facts = { steps: least, adapter: "a", family: "register", build: "0", seconds: 1 };
    const result = resultOf(experiment, { ...facts, date: new Date(0).toISOString() }, outcomes);
    expect(result.command).toBe(
      `npm run -s experiment -- ${experiment.id} --seeds 2 --steps ${least}`,
    );
    const read = readResult(JSON.parse(JSON.stringify(result)));
    expect(read).toEqual(result);
    expect(experiment.verdict(read.outcomes)).toEqual(experiment.verdict(outcomes));
  });

  test("where nothing was measured it is undecided", () => {
    const empty = [1, 2].map((seed) => ({ seed, numbers: {}, series: {} }));
    expect(experiment.verdict(empty)).toMatchObject({ outcome: "open", intervals: {} });
    for (const panel of experiment.panels(empty)) {
      const drawn =
        panel.kind === "bars" ? panel.bars : panel.lines.flatMap(({ points }) => points);
      expect(drawn).toEqual([]);
    }
  });

  test("it stops between two steps where no more is wanted", async () => {
    let asked = 0;
    const outcome = await runSeed(experiment, 1, least, {
      ...{ device: device(), family: "register", weights },
      next: () => Promise.resolve(++asked < 4),
      stepped: () => undefined,
    });
    expect(outcome).toBeNull();
    expect(asked).toBe(4);
  });
});

test("what is no result is refused with the part that is wrong", () => {
  const good = {
    ...{ format: "ratioscope-experiment", version: 1, experiment: "clips-more", command: "c" },
    ...{ runs: {}, steps: 8, adapter: "a", family: "register", build: "0", seconds: 1 },
    date: new Date(0).toISOString(),
    outcomes: [1, 2].map((seed) => ({ seed, numbers: { a: 1 }, series: { b: [[1, 2]] } })),
  };
  expect(readResult(good)).toEqual(good);
  const broken =
    (part: object): (() => unknown) =>
    () =>
      readResult({ ...good, ...part });
  expect(broken({ version: 2 })).toThrow("version is not what it should be");
  expect(broken({ steps: 0.5 })).toThrow("steps is not what it should be");
  expect(broken({ date: "yesterday" })).toThrow("date is not what it should be");
  expect(broken({ outcomes: good.outcomes.slice(1) })).toThrow("outcomes is not");
  expect(
    broken({ outcomes: [good.outcomes[0], { ...good.outcomes[1], numbers: { a: null } }] }),
  ).toThrow("outcomes.1.numbers.a is not");
  expect(() => readResult("")).toThrow("it is not what it should be");
});
