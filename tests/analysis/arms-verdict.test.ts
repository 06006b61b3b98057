import { describe, expect, test } from "vitest";
import { armsVerdict, type ComparedStep } from "../../src/analysis/arms-verdict.ts";

type Of = (generation: number) => number;

/** Steps of two arms, four a rollout: rewards by rollout, the share that each clips. */
function history(
  steps: number,
  rewards: Readonly<Record<string, Of>>,
  clipped: Readonly<Record<string, number>> = {},
): ComparedStep[] {
  return Array.from({ length: steps }, (_, at) => {
    const generation = Math.floor(at / 4);
    const metrics = Object.fromEntries(
      Object.entries(rewards).map(([arm, reward]) => [
        arm,
        {
          reward: reward(generation),
          "clip_ratio/region_mean": clipped[arm] ?? Number.NaN,
        },
      ]),
    );
    return { step: at + 1, generation, metrics };
  });
}

const climbs =
  (by: number): Of =>
  (generation) =>
    0.3 + (by * generation) / 25 + (generation % 2 === 0 ? 0.02 : -0.02);

test("there is no verdict before two arms have trained 100 steps", () => {
  const both = { token: climbs(0.5), sequence: climbs(0.2) };
  expect(armsVerdict(history(99, both), ["token", "sequence"])).toBeNull();
  expect(armsVerdict(history(100, both), ["token", "sequence"])).not.toBeNull();
  expect(armsVerdict(history(100, { token: climbs(0.5) }), ["token"])).toBeNull();
});

test("an arm that begins later counts from there", () => {
  const steps = history(150, { token: climbs(0.5), sequence: climbs(0.2), fork: climbs(0.9) });
  const later = steps.map(({ metrics, ...at }) => {
    const { fork, ...others } = metrics;
    return { ...at, metrics: at.step > 60 ? { ...others, fork: fork! } : others };
  });
  const verdict = armsVerdict(later, ["token", "sequence", "fork"]);
  expect(verdict?.learned.rest).not.toContain("fork");
});

describe("who learned more", () => {
  test("is the arm with the higher reward, by the mean difference and its spread", () => {
    const verdict = armsVerdict(history(100, { token: climbs(0.2), sequence: climbs(0.5) }), [
      "token",
      "sequence",
    ]);
    expect(verdict?.learned.strong).toBe("The sequence arm learned more.");
    // Steps 51 to 100 are of the rollouts 12 to 24: their mean is 18, and both arms have the same jitter.
    const mean = (by: number) => 0.3 + (by * 18) / 25 + 0.02 / 13;
    expect(verdict?.learned.rest).toContain(
      `sequence: reward 0.34 at first, now ${mean(0.5).toFixed(3)} ±`,
    );
    expect(verdict?.learned.rest).toContain("Ahead of the token arm by 0.216 ±");
    expect(verdict?.over).toContain("one seed, steps 51 to 100: mean reward of their 13 rollouts");
  });

  test("is nobody where the rollouts differ more than the arms", () => {
    const noisy: Of = (generation) => 0.5 + (generation % 2 === 0 ? 0.2 : -0.2);
    const other: Of = (generation) => 0.51 + (generation % 3 === 0 ? -0.2 : 0.15);
    const verdict = armsVerdict(history(120, { a: noisy, b: other }), ["a", "b"]);
    expect(verdict?.learned.strong).toMatch(/^Neither arm learned more/);
  });

  test("is not said of an arm whose reward has fallen", () => {
    const verdict = armsVerdict(history(100, { a: climbs(-0.1), b: climbs(-0.3) }), ["a", "b"]);
    expect(verdict?.learned.strong).toBe("The a arm is ahead, though its reward has not risen.");
  });
});

describe("who clipped more", () => {
  const clips = (a: number, b: number) =>
    armsVerdict(history(100, { a: climbs(0.2), b: climbs(0.5) }, { a, b }), ["a", "b"])?.clipped;

  test("is said with the factor and both shares", () => {
    expect(clips(0.02, 0.13)?.strong).toBe(
      "The b arm clipped 6.5 times as often as the a arm, and learned more.",
    );
    expect(clips(0.02, 0.13)?.rest).toBe(
      " b: 13.0\u202f% of its ratios; a: 2.0\u202f% of its ratios, over all steps, k = 0 included.",
    );
  });

  test("has words for nothing, for one arm alone, and for as often", () => {
    expect(clips(0, 0)?.strong).toBe("No arm clipped anything.");
    expect(clips(0.1, 0)?.strong).toBe("The a arm clipped, the b arm did not, and learned less.");
    expect(clips(0.1, 0.101)?.strong).toBe("The arms clipped equally often.");
  });

  test("says whether the arm that clipped more learned worse, where two arms are compared", () => {
    const strong = (b: Of, others: Readonly<Record<string, Of>> = {}) => {
      const rewards = { a: climbs(0.2), b, ...others };
      const shares = { a: 0.02, b: 0.13, c: 0.01 };
      return armsVerdict(history(100, rewards, shares), Object.keys(rewards))?.clipped?.strong;
    };
    expect(strong(climbs(0.1))).toMatch(/a arm, and learned less\.$/);
    const noise: Of = (generation) => climbs(0.2)(generation) + (generation % 3 === 0 ? -0.2 : 0.1);
    expect(strong(noise)).toMatch(/a arm, and did not learn worse, as far as this run can tell\.$/);
    expect(strong(climbs(0.5), { c: climbs(0.1) })).toMatch(/as often as the c arm\.$/);
  });

  test("is left out where no clipping is logged", () => {
    expect(clips(Number.NaN, Number.NaN)).toBeNull();
  });
});
