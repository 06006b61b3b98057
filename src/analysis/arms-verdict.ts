import { fixed, percent, plural } from "./format.ts";

/** What the arms of a run logged at one optimizer step; a history of the page is a list of these. */
export interface ComparedStep {
  step: number;
  /** Steps of one rollout share it. */
  generation: number;
  /** By arm, under TRL's names. */
  metrics: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** Optimizer steps that an arm trains before it is compared. */
export const STEPS_TO_COMPARE = 100;
/** The newest steps, over whose rollouts arms and runs are compared. */
export const NEWEST_STEPS = 50;
/** Rollouts at an arm's beginning that its end is held against. */
const AT_FIRST = 5;

/** A sentence: what it comes to, and the numbers. */
export interface VerdictSentence {
  strong: string;
  rest: string;
}

/** Who learned more and who clipped more; null while fewer than two arms can be compared. */
export interface ArmsVerdict {
  learned: VerdictSentence;
  /** Null where a loss has no hard clip, or nothing was logged of it. */
  clipped: VerdictSentence | null;
  /** What the numbers are of. */
  over: string;
}

interface ArmSummary {
  arm: string;
  /** Mean reward of each rollout of the window, by generation. */
  rewards: ReadonlyMap<number, number>;
  /** Mean reward of its first rollouts. */
  atFirst: number;
  /** Mean share of its ratios that were clipped, 0 to 1; NaN: not logged. */
  clipped: number;
}

/**
 * Compares the arms that have trained `STEPS_TO_COMPARE` steps or more, over the rollouts of the
 * newest steps. Arms see the same prompts, so rewards are compared rollout by rollout: one arm has
 * learned more where the mean difference is more than twice its standard error.
 */
export function armsVerdict(
  history: readonly ComparedStep[],
  arms: readonly string[],
): ArmsVerdict | null {
  const newest = history.at(-1)?.step ?? 0;
  const window = history.filter(({ step }) => step > newest - NEWEST_STEPS);
  const found = arms.flatMap((arm) => {
    const first = history.find(({ metrics }) => metrics[arm] !== undefined);
    const trained = first === undefined ? 0 : newest - first.step + 1;
    if (trained < STEPS_TO_COMPARE || window.at(-1)?.metrics[arm] === undefined) return [];
    return [summary(history, window, arm)];
  });
  const ordered = found.toSorted((one, other) => average(other.rewards) - average(one.rewards));
  const [best, next] = ordered;
  if (best === undefined || next === undefined) return null;
  const lead = leadOf(best, next);
  const span = `steps ${window[0]!.step} to ${newest}`;
  return {
    learned: whoLearned(best, next, ordered.slice(2), lead),
    clipped: whoClipped(found, { best, next, lead }),
    over: `This run, one seed, ${span}: mean reward of their ${plural(best.rewards.size, "rollout")}, ± one standard deviation between them; mean share that was clipped of an arm’s own ratios, which are tokens or whole rows. Another seed may differ.`,
  };
}

/** How far the best arm is ahead of the next, rollout by rollout, and twice its standard error. */
interface Lead {
  by: number;
  reach: number;
}

function leadOf(best: ArmSummary, next: ArmSummary): Lead {
  const differences = [...best.rewards].flatMap(([generation, reward]) => {
    const against = next.rewards.get(generation);
    return against === undefined ? [] : [reward - against];
  });
  return { by: mean(differences), reach: 2 * standardError(differences) };
}

const isAhead = ({ by, reach }: Lead): boolean => by > reach;

function summary(
  history: readonly ComparedStep[],
  window: readonly ComparedStep[],
  arm: string,
): ArmSummary {
  const shares = window.map(({ metrics }) => metrics[arm]?.["clip_ratio/region_mean"] ?? NaN);
  const rewards = [...rewardsOf(history, arm).values()];
  return {
    arm,
    rewards: rewardsOf(window, arm),
    atFirst: mean(rewards.slice(0, AT_FIRST)),
    clipped: mean(shares),
  };
}

/** The reward of each rollout: all its steps log the same. */
function rewardsOf(steps: readonly ComparedStep[], arm: string): Map<number, number> {
  const rewards = new Map<number, number>();
  for (const { generation, metrics } of steps) {
    const reward = metrics[arm]?.reward;
    if (reward !== undefined && Number.isFinite(reward)) rewards.set(generation, reward);
  }
  return rewards;
}

function whoLearned(
  best: ArmSummary,
  next: ArmSummary,
  others: readonly ArmSummary[],
  lead: Lead,
): VerdictSentence {
  const all = [best, next, ...others].map(rewardText).join("; ");
  const by = `${fixed(lead.by, 3)} ± ${fixed(lead.reach, 3)} (two standard errors)`;
  if (!isAhead(lead)) {
    return {
      strong: "Neither arm learned more: the rollouts differ by more than the arms do.",
      rest: ` ${all}. The difference is ${by}.`,
    };
  }
  const learned = average(best.rewards) > best.atFirst;
  const strong = learned
    ? `The ${best.arm} arm learned more${others.length > 0 ? " than any other" : ""}.`
    : `The ${best.arm} arm is ahead, though its reward has not risen.`;
  return { strong, rest: ` ${all}. Ahead of the ${next.arm} arm by ${by}.` };
}

const rewardText = ({ arm, rewards, atFirst }: ArmSummary): string =>
  `${arm}: reward ${fixed(atFirst, 2)} at first, now ${fixed(average(rewards), 3)} ± ${fixed(deviation([...rewards.values()]), 3)}`;

interface Learned {
  best: ArmSummary;
  next: ArmSummary;
  lead: Lead;
}

function whoClipped(arms: readonly ArmSummary[], learned: Learned): VerdictSentence | null {
  const known = arms.filter(({ clipped }) => Number.isFinite(clipped));
  const [most, ...others] = known.toSorted((one, other) => other.clipped - one.clipped);
  const least = others.at(-1);
  if (most === undefined || least === undefined) return null;
  if (most.clipped === 0) return { strong: "No arm clipped anything.", rest: "" };
  const rest = ` ${[most, ...others]
    .map(({ arm, clipped }) => `${arm}: ${percent(clipped)} of its ratios`)
    .join("; ")}, over all steps, k = 0 included.`;
  const and = whatItCost(most, least, learned);
  if (least.clipped === 0) {
    return { strong: `The ${most.arm} arm clipped, the ${least.arm} arm did not${and}.`, rest };
  }
  const factor = most.clipped / least.clipped;
  if (factor < 1.05) return { strong: "The arms clipped equally often.", rest };
  return {
    strong: `The ${most.arm} arm clipped ${factorText(factor)} times as often as the ${least.arm} arm${and}.`,
    rest,
  };
}

/** What the arm that clips more has learned, against the one that clips less; of two arms alone. */
function whatItCost(most: ArmSummary, least: ArmSummary, { best, next, lead }: Learned): string {
  const two = [most, least].every((arm) => arm === best || arm === next);
  if (!two) return "";
  if (!isAhead(lead)) return ", and did not learn worse, as far as this run can tell";
  return most === best ? ", and learned more" : ", and learned less";
}

const factorText = (factor: number): string => fixed(factor, factor < 10 ? 1 : 0);

const average = (rewards: ArmSummary["rewards"]): number => mean([...rewards.values()]);

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The sample's, n − 1. */
function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

const standardError = (values: readonly number[]): number =>
  deviation(values) / Math.sqrt(values.length);
