import { clippedShare } from "../analysis/clipped-share.ts";
import { setting } from "../analysis/format.ts";
import { runFrom } from "../config/run-from.ts";
import type { ArmConfig } from "../config/types.ts";
import { clipLevelOf } from "../record/record.ts";
import { ofDifference, ofNumber, UNMEASURED } from "./across-seeds.ts";
import type { BandLine, Experiment, SeedOutcome } from "./experiment.ts";
import { Tally } from "./tally.ts";
import { difference, pointsPlusMinus, seedsText, sharePlusMinus } from "./words.ts";

/** Steps at the end whose rewards count as what was learnt. */
const LAST = 16;
const LEVELS = ["token", "sequence"] as const;
type Level = (typeof LEVELS)[number];
const EPSILONS = [0.01, 0.05, 0.25] as const;
const [SMALL, , LARGE] = EPSILONS;

const nameOf = (level: Level, epsilon: number): string =>
  `${level}-${String(epsilon).replace(".", "_")}`;

const ARMS: readonly ArmConfig[] = LEVELS.flatMap((level) =>
  EPSILONS.map((epsilon) => ({
    name: nameOf(level, epsilon),
    overrides: { importance_sampling_level: level, epsilon },
  })),
);

export const epsilonSweep: Experiment = {
  id: "epsilon-sweep",
  title: "One ε at both levels",
  claim: `One ε means different things at the two levels: ${setting(SMALL)} clips sequences more than tokens, ${setting(LARGE)} tokens more than sequences.`,
  method: `The sort preset in six arms: token and sequence ratios, each with an ε of ${EPSILONS.map(setting).join(", ")}; groups of 8 in mini-batches of 16. Clipped is the share of tokens over all steps, k = 0 included; reward is that of the last ${LAST} steps.`,
  steps: { usual: 80, least: 8 },
  conditions: (seed) => {
    const run = runFrom("sort", {
      seed,
      set: { num_generations: "8", per_device_train_batch_size: "16" },
    });
    return [{ id: "sort", title: "Sort, six arms", run: { ...run, arms: ARMS } }];
  },
  measure(steps) {
    const tally = new Tally();
    return {
      take(_, records) {
        for (const record of records) {
          const { arm, level, step, metrics } = record;
          tally.add(`clipped/${arm}`, clippedShare(record, clipLevelOf(level)).byToken);
          if (step > steps - LAST) tally.add(`reward/${arm}`, metrics.reward ?? Number.NaN);
        }
      },
      result: () => tally.result(),
    };
  },
  panels: (outcomes) => [
    {
      kind: "points",
      title: "Clipped tokens",
      x: { label: "ε", log: true },
      y: { label: "share", share: true },
      lines: lines(outcomes, "clipped"),
    },
    {
      kind: "points",
      title: "Reward",
      x: { label: "ε", log: true },
      y: { label: "mean" },
      lines: lines(outcomes, "reward"),
    },
  ],
  verdict(outcomes) {
    const [narrow, wide] = [SMALL, LARGE].map((epsilon) => clippedAt(outcomes, epsilon));
    if (!narrow || !wide) return UNMEASURED;
    const learnt = LEVELS.flatMap((level) => {
      const names = [SMALL, LARGE].map((epsilon) => `reward/${nameOf(level, epsilon)}`);
      const found = ofDifference(outcomes, names[0]!, names[1]!);
      return found ? [{ level, found }] : [];
    });
    const [more, less] = [narrow.apart, wide.apart];
    return {
      outcome:
        more.low > 0 && less.high < 0 ? "holds" : more.high < 0 || less.low > 0 ? "fails" : "open",
      sentences: [
        `${seedsText(more.n)}: ${narrow.says}; ${wide.says}.`,
        ...learnt.map(({ level, found }) =>
          difference(
            `Reward of ${level} arms, ε ${setting(SMALL)} less ε ${setting(LARGE)}:`,
            found,
            { more: "the narrow ε learnt more", less: "the narrow ε learnt less" },
          ),
        ),
      ],
      intervals: {
        [`apart at ${SMALL}`]: more,
        [`apart at ${LARGE}`]: less,
        ...Object.fromEntries(learnt.map(({ level, found }) => [`reward ${level}`, found])),
      },
    };
  },
};

/** What an ε clips at both levels, and how far apart that is: sequence less token. */
function clippedAt(outcomes: readonly SeedOutcome[], epsilon: number) {
  const [token, sequence] = LEVELS.map((level) => `clipped/${nameOf(level, epsilon)}`);
  const [ofTokens, ofSequences, apart] = [
    ofNumber(outcomes, token!),
    ofNumber(outcomes, sequence!),
    ofDifference(outcomes, sequence!, token!),
  ];
  if (!ofTokens || !ofSequences || !apart) return null;
  const says = `an ε of ${setting(epsilon)} clips ${sharePlusMinus(ofTokens)} of the tokens at token level and ${sharePlusMinus(ofSequences)} at sequence level (${pointsPlusMinus(apart)})`;
  return { apart, says };
}

const lines = (outcomes: readonly SeedOutcome[], name: string): BandLine[] =>
  LEVELS.map((level) => ({
    label: level,
    tone: level,
    points: EPSILONS.flatMap((epsilon) => {
      const found = ofNumber(outcomes, `${name}/${nameOf(level, epsilon)}`);
      return found === null ? [] : [{ x: epsilon, ...found }];
    }),
  }));
