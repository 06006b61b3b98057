import { runFrom } from "../config/run-from.ts";
import { bandOf, ofDifference, ofNumber, UNMEASURED } from "./across-seeds.ts";
import type { Experiment } from "./experiment.ts";
import { Tally } from "./tally.ts";
import { plusMinus, seedsText, sharePlusMinus } from "./words.ts";

/** Steps at the end whose rewards count as what was learnt. */
const LAST = 16;
/** "Most": more than half of the groups. */
const MOST = 0.5;

export const warmStart: Experiment = {
  id: "warm-start",
  title: "A warm start that is too good",
  claim:
    "Where the warm start already solves the task, most groups earn the same and little is left to learn.",
  method:
    "The sort preset, token arm, from two warm starts on the same prompts: the usual one, which earns about 0.45, and one that was trained on until it earned 0.98.",
  steps: { usual: 80, least: 8 },
  conditions: (seed) => [
    { id: "usual", title: "Sort", run: runFrom("sort", { seed, arms: ["token"] }) },
    {
      id: "solved",
      title: "Sort, already solved",
      run: runFrom("sort-solved", { seed, arms: ["token"] }),
    },
  ],
  measure(steps) {
    const tally = new Tally();
    const [first, last] = [new Tally(), new Tally()];
    return {
      take(condition, records) {
        for (const { step, innerStep, generation, metrics } of records) {
          const reward = metrics.reward ?? Number.NaN;
          tally.at(`reward/${condition}`, step - innerStep, reward);
          tally.add(`same/${condition}`, metrics.frac_reward_zero_std ?? Number.NaN);
          if (generation === 0) first.add(condition, reward);
          if (step > steps - LAST) last.add(condition, reward);
        }
      },
      result() {
        const [before, after] = [first.result().numbers, last.result().numbers];
        for (const [condition, reward] of Object.entries(before)) {
          tally.set(`first/${condition}`, reward);
          tally.set(`gain/${condition}`, (after[condition] ?? Number.NaN) - reward);
        }
        return tally.result();
      },
    };
  },
  panels: (outcomes) => [
    {
      kind: "lines",
      title: "Reward",
      x: { label: "step" },
      y: { label: "mean" },
      lines: [
        { label: "solved", tone: "first", points: bandOf(outcomes, "reward/solved") },
        { label: "usual", tone: "token", points: bandOf(outcomes, "reward/usual") },
      ],
    },
  ],
  verdict(outcomes) {
    const [same, usually] = [ofNumber(outcomes, "same/solved"), ofNumber(outcomes, "same/usual")];
    const [gain, usualGain] = [ofNumber(outcomes, "gain/solved"), ofNumber(outcomes, "gain/usual")];
    const less = ofDifference(outcomes, "gain/solved", "gain/usual");
    if (!same || !usually || !gain || !usualGain || !less) return UNMEASURED;
    return {
      outcome:
        same.low > MOST && less.high < 0
          ? "holds"
          : same.high < MOST || less.low > 0
            ? "fails"
            : "open",
      sentences: [
        `${seedsText(same.n)}: from the solved start ${sharePlusMinus(same)} of the groups earn all the same, from the usual one ${sharePlusMinus(usually)}.`,
        `The reward changes by ${plusMinus(gain, true)} from the solved start and by ${plusMinus(usualGain, true)} from the usual one: ${plusMinus(less, true)}.`,
      ],
      intervals: { same, usually, gain, usualGain, less },
    };
  },
};
