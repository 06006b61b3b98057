import { clipLevelOf } from "../../record/record.ts";
import { type Level, otherLevel } from "../../config/types.ts";
import { metricAt, metricOf } from "../../record/metric-rules.ts";

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

/** What the table of metrics says of a chart of it. */
function factsOf(name: string, id: string): ChartFacts {
  const { from, label = name, unit = "", ofRatios = false, scale = 1, axis } = metricOf(name);
  return {
    id,
    title: label,
    unit,
    metric: () => name,
    lastInnerStep: ofRatios,
    ...(from === "evaluation" ? { sparse: true } : {}),
    top: axis?.top ?? 0,
    scale,
    decimals: axis?.decimals ?? null,
  };
}

export const REWARD = factsOf("reward", "reward");
export const EVALUATED = factsOf("eval_reward", "evaluated");
export const CLIPPED = factsOf("clip_ratio/region_mean", "clipped");
export const ENTROPY = factsOf("entropy", "entropy");
export const KL = factsOf("kl", "kl");
export const FLIPPED = factsOf("router/flipped", "flipped");
export const AUX_LOSS = factsOf("aux_loss", "aux-loss");
export const GRAD_NORM = factsOf("grad_norm", "grad-norm");

const spread = (level: Level): string => metricAt("Spread", clipLevelOf(level));

/** How far ratios are apart: at the level that drives the arm, and faintly at the other. */
export const SPREAD: ChartFacts = {
  ...factsOf(spread("token"), "spread"),
  metric: spread,
  faint: {
    says: "Faint: the level that does not drive the arm.",
    metric: (level) => spread(otherLevel(level)),
  },
};

/** A chart of any logged number, under the name that logs have. */
export const chartOf = (metric: string): ChartFacts => ({
  ...factsOf(metric, `added ${metric}`),
  title: metric,
});
