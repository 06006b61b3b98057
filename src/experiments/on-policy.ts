import { general, plural } from "../analysis/format.ts";
import { runFrom } from "../config/run-from.ts";
import type { RunConfig } from "../config/types.ts";
import { numbersOf, ofNumber, UNMEASURED } from "./across-seeds.ts";
import type { Condition, Experiment, SeedOutcome, Tone } from "./experiment.ts";
import { Tally } from "./tally.ts";
import { plusMinus } from "./words.ts";

/** The same run at both levels, with nothing else between its arms. */
const atBothLevels = (run: RunConfig): RunConfig => ({
  ...run,
  arms: (["token", "sequence"] as const).map((level) => ({
    name: level,
    overrides: { importance_sampling_level: level },
  })),
});

const conditions = (
  seed: number,
): readonly (Condition & { short: string; onPolicy: boolean })[] => [
  {
    id: "trl",
    short: "TRL's defaults",
    title: "TRL's defaults, both levels",
    onPolicy: true,
    run: atBothLevels(runFrom("trl-defaults", { seed })),
  },
  {
    id: "unsloth",
    short: "Unsloth's snippet",
    title: "Unsloth's GSPO snippet, both levels",
    onPolicy: true,
    run: atBothLevels(runFrom("unsloth-gspo", { seed })),
  },
  {
    id: "four-steps",
    short: "4 steps a rollout",
    title: "TRL's defaults, steps_per_generation 4",
    onPolicy: false,
    run: atBothLevels(runFrom("trl-defaults", { seed, set: { steps_per_generation: "4" } })),
  },
];

export const onPolicy: Experiment = {
  id: "on-policy",
  title: "On-policy, both levels are the same",
  claim:
    "With TRL's defaults, and with Unsloth's GSPO snippet, every ratio is exactly 1: sequence level changes nothing.",
  method:
    "Both published configurations at token and at sequence level, from the same weights on the same prompts; then TRL's defaults with one field changed: four optimizer steps a rollout.",
  steps: { usual: 24, least: 8 },
  conditions,
  measure() {
    const tally = new Tally();
    return {
      take(condition, records) {
        for (const { metrics, mask } of records) {
          tally.most(`away/${condition}`, awayFromOne(metrics));
          tally.most(`clipped/${condition}`, metrics["clip_ratio/region_mean"] ?? Number.NaN);
          const tokens = mask.reduce((sum, each) => sum + each, 0);
          tally.sum(`tokens/${condition}`, tokens);
        }
        const [first, second] = records.map(({ metrics }) => metrics.reward ?? Number.NaN);
        tally.most(`rewards apart/${condition}`, Math.abs(first! - second!));
      },
      end(condition, [first, second]) {
        let most = 0;
        first!.forEach((weight, i) => (most = Math.max(most, Math.abs(weight - second![i]!))));
        tally.set(`weights apart/${condition}`, most);
      },
      result: () => tally.result(),
    };
  },
  panels: (outcomes) => [
    {
      kind: "bars",
      title: "Greatest distance of a ratio from 1",
      bars: conditions(0).flatMap(({ id, short, onPolicy: on }) => {
        const found = ofNumber(outcomes, `away/${id}`);
        const tone: Tone = on ? "first" : "second";
        return found === null
          ? []
          : [
              {
                label: short,
                tone,
                ...found,
                text: found.high === 0 ? "exactly 0" : plusMinus(found),
              },
            ];
      }),
    },
  ],
  verdict(outcomes) {
    const moved = ofNumber(outcomes, "away/four-steps");
    const said = conditions(0)
      .filter((each) => each.onPolicy)
      .map(({ id, short }) => ({ short, ...factsOf(outcomes, id) }));
    if (moved === null || said.some(({ tokens }) => tokens === 0)) return UNMEASURED;
    return {
      outcome: said.every(({ away, clipped }) => away === 0 && clipped === 0) ? "holds" : "fails",
      sentences: [
        ...said.map(
          ({ short, tokens, away, rewards, weights }) =>
            `${short}, ${plural(outcomes.length, "seed")}: ${away === 0 ? `all ${tokens} token ratios and their sequence ratios were exactly 1` : `a ratio was ${general(away)} from 1`}. The two levels' rewards differ by ${general(rewards)} at most, their final weights by ${general(weights)}.`,
        ),
        `With four steps a rollout the furthest ratio is ${plusMinus(moved)} from 1.`,
      ],
      intervals: { moved },
    };
  },
};

/** Of both levels' ratios of a step. */
const awayFromOne = (metrics: Readonly<Record<string, number>>): number =>
  Math.max(
    ...["token", "sequence"].flatMap((level) => [
      (metrics[`ratio/${level}_max`] ?? Number.NaN) - 1,
      1 - (metrics[`ratio/${level}_min`] ?? Number.NaN),
    ]),
  );

function factsOf(outcomes: readonly SeedOutcome[], id: string) {
  const most = (name: string) => Math.max(...(numbersOf(outcomes, `${name}/${id}`) ?? [Infinity]));
  const tokens = (numbersOf(outcomes, `tokens/${id}`) ?? []).reduce((sum, each) => sum + each, 0);
  return {
    tokens,
    away: most("away"),
    clipped: most("clipped"),
    rewards: most("rewards apart"),
    weights: most("weights apart"),
  };
}
