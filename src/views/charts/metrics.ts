import type { Level } from "../../config/types.ts";

/** What a chart shows, and within which bounds it starts. */
export interface ChartFacts {
  id: string;
  title: string;
  unit: string;
  /** Name of the metric that is the arm's line, by the level that drives it. */
  metric(level: Level): string;
  /** A fainter second line of the arm. */
  faint?: { says: string; metric(level: Level): string };
  /** Only the last inner step of each rollout: at k = 0 every ratio is 1. */
  lastInnerStep: boolean;
  /** Few steps have it: the line goes from one of those to the next. */
  sparse?: true;
  /** Upper end of the axis until the data goes beyond it. */
  top: number;
  /** Multiplies the metric; 100 makes a share a percentage. */
  scale: number;
  /** Null: as many as the value needs. */
  decimals: number | null;
}

const named = (name: string) => (): string => name;

export const REWARD: ChartFacts = {
  id: "reward",
  title: "Reward",
  unit: "mean",
  metric: named("reward"),
  lastInnerStep: false,
  top: 1,
  scale: 1,
  decimals: 3,
};

export const EVALUATED: ChartFacts = {
  id: "evaluated",
  title: "Eval reward",
  unit: "held out",
  metric: named("eval_reward"),
  lastInnerStep: false,
  sparse: true,
  top: 1,
  scale: 1,
  decimals: 3,
};

export const CLIPPED: ChartFacts = {
  id: "clipped",
  title: "Clipped",
  unit: "%",
  metric: named("clip_ratio/region_mean"),
  lastInnerStep: true,
  top: 10,
  scale: 100,
  decimals: 1,
};

const spread = (level: Level): string =>
  level === "token" ? "ratio/token_std" : "ratio/sequence_std";

/** How far ratios are apart: at the level that drives the arm, and faintly at the other. */
export const SPREAD: ChartFacts = {
  id: "spread",
  title: "Spread",
  unit: "sd log r",
  metric: spread,
  faint: {
    says: "Faint: the level that does not drive the arm.",
    metric: (level) => spread(level === "token" ? "sequence" : "token"),
  },
  lastInnerStep: true,
  top: 0.08,
  scale: 1,
  decimals: 3,
};

export const ENTROPY: ChartFacts = {
  id: "entropy",
  title: "Entropy",
  unit: "nats/token",
  metric: named("entropy"),
  lastInnerStep: false,
  top: 0.5,
  scale: 1,
  decimals: 3,
};

export const KL: ChartFacts = {
  id: "kl",
  title: "KL",
  unit: "nats/token",
  metric: named("kl"),
  lastInnerStep: false,
  top: 0.01,
  scale: 1,
  decimals: 4,
};

export const GRAD_NORM: ChartFacts = {
  id: "grad-norm",
  title: "Grad norm",
  unit: "unclipped",
  metric: named("grad_norm"),
  lastInnerStep: false,
  top: 0.5,
  scale: 1,
  decimals: 2,
};

/** The usual charts by the metric that they show, and of what was logged only the last k. */
const USUAL: ReadonlyMap<string, ChartFacts> = new Map([
  ["reward", REWARD],
  ["clip_ratio/region_mean", CLIPPED],
  ["entropy", ENTROPY],
  ["kl", KL],
  ["grad_norm", GRAD_NORM],
]);

/** A chart of any logged number, under the name that logs have. */
export function chartOf(metric: string): ChartFacts {
  const usual = USUAL.get(metric);
  const ofRatios = /^(ratio|clip_ratio)\//.test(metric);
  return {
    id: `added ${metric}`,
    title: metric,
    unit: usual?.unit ?? "",
    metric: named(metric),
    lastInnerStep: usual?.lastInnerStep ?? ofRatios,
    ...(metric.startsWith("eval_") ? { sparse: true } : {}),
    top: usual?.top ?? 0,
    scale: usual?.scale ?? 1,
    decimals: usual?.decimals ?? null,
  };
}
