import type { Level } from "../../config/types.ts";
import type { Metrics } from "../../store/history.ts";

/** What a chart shows, and within which bounds it starts. */
export interface ChartFacts {
  id: string;
  title: string;
  unit: string;
  /** The arm's line. */
  read(metrics: Metrics, level: Level): number | undefined;
  /** A fainter second line of the arm. */
  faint?: { says: string; read(metrics: Metrics, level: Level): number | undefined };
  /** Only the last inner step of each rollout: at k = 0 every ratio is 1. */
  lastInnerStep: boolean;
  /** Few steps have it: the line goes from one of those to the next. */
  sparse?: true;
  /** Upper end of the axis until the data goes beyond it. */
  top: number;
  /** Multiplies the metric; 100 makes a share a percentage. */
  scale: number;
  decimals: number;
}

const named =
  (name: string) =>
  (metrics: Metrics): number | undefined =>
    metrics[name];

export const REWARD: ChartFacts = {
  id: "reward",
  title: "Reward",
  unit: "mean",
  read: named("reward"),
  lastInnerStep: false,
  top: 1,
  scale: 1,
  decimals: 3,
};

export const EVALUATED: ChartFacts = {
  id: "evaluated",
  title: "Eval reward",
  unit: "held out",
  read: named("eval_reward"),
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
  read: named("clip_ratio/region_mean"),
  lastInnerStep: true,
  top: 10,
  scale: 100,
  decimals: 1,
};

const spread = (metrics: Metrics, level: Level): number | undefined =>
  metrics[level === "token" ? "ratio/token_std" : "ratio/sequence_std"];

/** How far ratios are apart: at the level that drives the arm, and faintly at the other. */
export const SPREAD: ChartFacts = {
  id: "spread",
  title: "Spread",
  unit: "sd log r",
  read: spread,
  faint: {
    says: "Faint: the level that does not drive the arm.",
    read: (metrics, level) => spread(metrics, level === "token" ? "sequence" : "token"),
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
  read: named("entropy"),
  lastInnerStep: false,
  top: 0.5,
  scale: 1,
  decimals: 3,
};

export const KL: ChartFacts = {
  id: "kl",
  title: "KL",
  unit: "nats/token",
  read: named("kl"),
  lastInnerStep: false,
  top: 0.01,
  scale: 1,
  decimals: 4,
};

export const GRAD_NORM: ChartFacts = {
  id: "grad-norm",
  title: "Grad norm",
  unit: "unclipped",
  read: named("grad_norm"),
  lastInnerStep: false,
  top: 0.5,
  scale: 1,
  decimals: 2,
};
