import { flips, hasRoutes } from "../analysis/flips.ts";
import { contains, type Interval } from "../analysis/statistics.ts";
import { runFrom } from "../config/run-from.ts";
import type { ArmConfig, RunConfig } from "../config/types.ts";
import type { StepRecord } from "../record/record.ts";
import { bandOf, ofDifference, ofNumber, ofTimes, UNMEASURED } from "./across-seeds.ts";
import type { Experiment, SeedOutcome, Tone } from "./experiment.ts";
import { Tally } from "./tally.ts";
import { difference, plusMinus, seedsText, sharePlusMinus, times } from "./words.ts";

/** Steps at the end whose rewards count as what was learnt. */
const LAST = 24;
/** Reward that an arm has to be behind by, for replay to be needed. */
const NEED = 0.02;

const TONES: Readonly<Record<string, Tone>> = {
  token: "token",
  "token-R2": "first",
  "token-R3": "second",
  sequence: "sequence",
};
const ARMS = Object.keys(TONES);
/** Whose routes are the router's own in every step. */
const FLIPPING = ["token", "sequence"];
/** Lines have every second rollout of four steps: four arms would fill the recorded result. */
const DRAWN = 8;

/** What the experiments on the deep mixture differ in. */
interface DeepMixture extends Pick<Experiment, "id" | "title" | "claim" | "method"> {
  /** The learning rate as it is written in a field; the preset's where none is said. */
  rate?: string;
  /** With an arm more, which replays the sampler's routes. */
  r3?: true;
}

/** The preset `moe-deep`: flips, ratios and rewards with Routing Replay and without. */
export const deepMixture = ({ rate, r3, ...said }: DeepMixture): Experiment => ({
  ...said,
  steps: { usual: 120, least: 8 },
  conditions: (seed) => [
    { id: "moe-deep", title: "Deep mixture, with and without replay", run: run(seed, rate, r3) },
  ],
  measure(steps) {
    const tally = new Tally();
    return {
      take(_, records) {
        for (const record of records) noteStep(tally, record, steps);
      },
      result: () => tally.result(),
    };
  },
  panels: (outcomes) => [
    panel(outcomes, "flipped", "Flipped routes", { label: "share", share: true }, FLIPPING),
    panel(outcomes, "spread", "Spread of token ratios", { label: "sd log r" }),
    panel(outcomes, "reward", "Reward", { label: "mean" }),
  ],
  verdict(outcomes) {
    const needed = ofDifference(outcomes, "reward/token-R2", "reward/token");
    const behind = ofDifference(outcomes, "reward/sequence", "reward/token-R2");
    const narrower = ofTimes(outcomes, "spread/token-R2", "spread/token");
    const flipped = ofNumber(outcomes, "flipped/token");
    if (needed === null || behind === null || narrower === null || flipped === null) {
      return UNMEASURED;
    }
    const intervals = { flipped, narrower, needed, behind };
    return { outcome: judge(intervals), sentences: sentences(outcomes, intervals), intervals };
  },
});

function run(seed: number, rate?: string, r3?: true): RunConfig {
  const preset = runFrom("moe-deep", { seed, set: rate ? { learning_rate: rate } : {} });
  if (!r3) return preset;
  const arms = preset.arms.flatMap((arm): ArmConfig[] =>
    arm.name === "token-R2"
      ? [arm, { name: "token-R3", overrides: { ...arm.overrides, router_replay: "R3" } }]
      : [arm],
  );
  return { ...preset, arms };
}

function noteStep(tally: Tally, record: StepRecord, steps: number): void {
  const { arm, step, innerStep, metrics } = record;
  const of = (name: string) => metrics[name] ?? Number.NaN;
  const rollout = step - innerStep;
  const draw = (name: string, value: number) => {
    if (rollout % DRAWN === 1) tally.at(`${name}/${arm}`, rollout, value);
  };
  draw("reward", of("reward"));
  if (step > steps - LAST) tally.add(`reward/${arm}`, of("reward"));
  // At the first step on a rollout nothing has moved.
  if (innerStep === 0) return;
  const [flipped, spread] = [of("router/flipped"), of("ratio/token_std")];
  if (FLIPPING.includes(arm)) draw("flipped", flipped);
  draw("spread", spread);
  tally.add(`flipped/${arm}`, flipped);
  tally.add(`spread/${arm}`, spread);
  tally.add(`clipped/${arm}`, of("clip_ratio/region_mean"));
  tally.add(`sequence-spread/${arm}`, of("ratio/sequence_std"));
  tally.add(`hottest/${arm}`, Math.max(of("ratio/token_max"), 1 / of("ratio/token_min")));
  noteFlips(tally, record);
}

/** How far the ratios of tokens with flipped experts lie from 1, and those of the others. */
function noteFlips(tally: Tally, record: StepRecord): void {
  if (!hasRoutes(record)) return;
  const counts = record.mask.map((counted, i) => (counted ? flips(record, i) : 0));
  const mean = (wanted: boolean): number => {
    const there = [...record.logRatio].filter(
      (_, i) => record.mask[i] === 1 && counts[i]! > 0 === wanted,
    );
    return there.reduce((sum, value) => sum + Math.abs(value), 0) / there.length;
  };
  tally.add(`flipped-tokens/${record.arm}`, shareOf(counts, record.mask));
  tally.add(`apart-flipped/${record.arm}`, mean(true));
  tally.add(`apart-kept/${record.arm}`, mean(false));
}

const shareOf = (counts: Uint32Array, mask: Uint32Array): number =>
  counts.filter((count) => count > 0).length / mask.reduce((sum, each) => sum + each, 0);

function panel(
  outcomes: readonly SeedOutcome[],
  name: string,
  title: string,
  y: { label: string; share?: true },
  arms = ARMS,
) {
  const lines = arms
    .map((arm) => ({
      label: arm,
      tone: TONES[arm]!,
      points: bandOf(outcomes, `${name}/${arm}`),
    }))
    // An arm that the experiment has not leaves no key behind.
    .filter(({ points }) => points.length > 0);
  return { kind: "lines" as const, title, x: { label: "step" }, y, lines };
}

type Intervals = Readonly<Record<"flipped" | "narrower" | "needed" | "behind", Interval>>;

/** All three parts of the claim must hold; one that is seen not to hold decides against it. */
function judge({ narrower, needed, behind }: Intervals): "holds" | "fails" | "open" {
  const wider = narrower.high < 1;
  const notWider = narrower.low > 1;
  const notNeeded = needed.high < NEED;
  const asGood = contains(behind, 0) || behind.mean > 0;
  if (wider && needed.low > 0 && asGood) return "holds";
  return notWider || notNeeded || !asGood ? "fails" : "open";
}

function sentences(
  outcomes: readonly SeedOutcome[],
  { flipped, narrower, needed, behind }: Intervals,
): string[] {
  const deeper = ofTimes(outcomes, "apart-flipped/token", "apart-kept/token");
  const tokens = ofNumber(outcomes, "flipped-tokens/token");
  const clipped = ARMS.flatMap((arm) => {
    const share = ofNumber(outcomes, `clipped/${arm}`);
    return share === null ? [] : [`${arm} ${sharePlusMinus(share)}`];
  });
  return [
    `${seedsText(flipped.n)}: without replay ${sharePlusMinus(flipped)} of the routes of a token and layer are others than the rollout's${tokens === null ? "" : `, and ${sharePlusMinus(tokens)} of the tokens have one that is`}.`,
    ...(deeper === null
      ? []
      : [
          `A token with a flipped route has a log-ratio ${times(deeper)} as far from 0 as one without.`,
        ]),
    `With R2 the spread of token ratios is ${times(narrower)} that without replay.`,
    difference(`Mean reward of the last ${LAST} steps, token with R2 less token,`, needed, {
      more: "token level learns more with replay",
      less: "token level learns less with replay",
    }),
    difference("Sequence without replay less token with R2,", behind, {
      more: "sequence level learns more",
      less: "sequence level learns less",
    }),
    ...(clipped.length > 0
      ? [`Clipped, of what each arm has a ratio of: ${clipped.join(", ")}.`]
      : []),
    ...rewards(outcomes),
  ];
}

function rewards(outcomes: readonly SeedOutcome[]): string[] {
  const found = ARMS.flatMap((arm) => {
    const reward = ofNumber(outcomes, `reward/${arm}`);
    return reward === null ? [] : [`${arm} ${plusMinus(reward)}`];
  });
  return found.length > 0 ? [`Rewards: ${found.join(", ")}.`] : [];
}
