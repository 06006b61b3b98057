import { codeOf } from "../shaders/manifest.ts";
import { structOf } from "../gpu/struct.ts";
import { beyondTRL, klEstimators } from "../../config/beyond-trl.ts";
import { ratioLimits, upperEpsilon } from "../../config/clip-band.ts";
import { type LossForm, lossForm } from "../../config/loss-types.ts";
import { trlDefaults } from "../../config/schema.ts";
import { type ClipBand, type GRPOConfig, levels } from "../../config/types.ts";

/** The fields of `GRPOConfig` that the objective reads. */
export const objectiveFields = [
  "importance_sampling_level",
  "loss_type",
  "epsilon",
  "epsilon_high",
  "delta",
  "dual_clip",
  "cispo_floor",
  "geometric_clip",
  "beta",
  "use_bias_correction_kl",
  "kl_estimator",
  "kl_clamp",
  "top_entropy_quantile",
  "entropy_coef",
  "off_policy_mask_threshold",
  "sapo_temperature_neg",
  "sapo_temperature_pos",
  "vespo_k_pos",
  "vespo_lambda_pos",
  "vespo_k_neg",
  "vespo_lambda_neg",
] as const satisfies readonly (keyof GRPOConfig)[];

/** What the objective is configured by; any `GRPOConfig` will do. */
export type ObjectiveConfig = Pick<GRPOConfig, (typeof objectiveFields)[number]> &
  // The trainer moves entropy_coef then; the bonus stays on while it happens to be 0.
  Partial<Pick<GRPOConfig, "use_adaptive_entropy">>;

/** Whether the loss has an entropy bonus, if only with a coefficient of 0 just now. */
export const hasEntropyBonus = (config: ObjectiveConfig): boolean =>
  config.entropy_coef !== 0 || config.use_adaptive_entropy === true;

/** What the loss depends on beyond the config: where this micro-batch stands in the run. */
export interface ObjectiveScope {
  /** Micro-batches in the optimizer step; the loss is divided by them. */
  gradientAccumulationSteps: number;
  /** Micro-batches that the rollout is cut into. */
  stepsPerGeneration: number;
  /** Tokens that count in the whole generation batch; dapo, cispo and vespo divide by them. */
  numItemsInBatch: number;
  /** `max_completion_length`, dr_grpo's constant. */
  maxCompletionLength: number;
  /** Half-width of the histograms, in natural log. */
  histogramRange: number;
  /** No old log-probs are stored: the old policy is the present one and every ratio is 1. */
  onPolicy?: boolean;
  /** Whether `logpSampled` holds values in this step; where it is bound, it does. */
  sampled?: boolean;
  /**
   * Least entropy that `top_entropy_quantile` keeps, nats, where other micro-batches decide it too.
   * Absent: it follows from this one's.
   */
  entropyFloor?: number;
  /** What the level that does not drive is judged by. Absent or null: the config's own band. */
  otherClip?: Readonly<ClipBand> | null;
}

/** Which of the optional inputs are bound. */
export interface ObjectiveTerms {
  samplingRatio: boolean;
  logpSampled: boolean;
}

/** In the order of `settings.wgsl`. */
const RULES: readonly LossForm["rule"][] = ["clip", "cap", "gate", "gamma", "geometric"];

/**
 * What a token's weight is divided by besides the normaliser, as `settings.wgsl` numbers it: its row's
 * length, all tokens of the micro-batch, nothing.
 */
const aggregationOf = ({ row, divisor }: LossForm): number =>
  row === "mean" ? 0 : divisor === "micro-batch tokens" ? 1 : 2;

const FLOAT_MAX = 3.4028234663852886e38;

/** What the kernels read of all this. */
export const SETTINGS = structOf(codeOf("loss"), "Settings");

/** The part of the normaliser that is known before the micro-batch is: TRL `_compute_loss`. */
function normaliser(divisor: LossForm["divisor"], B: number, scope: ObjectiveScope): number {
  const accumulation = scope.gradientAccumulationSteps;
  switch (divisor) {
    case "rows":
      return B * accumulation;
    case "micro-batch tokens":
      return accumulation;
    case "longest rows":
      return B * scope.maxCompletionLength * accumulation;
    case "rollout tokens":
      return (Math.max(scope.numItemsInBatch, 1) * accumulation) / scope.stepsPerGeneration;
  }
}

/**
 * The limits of a level: 1 ± ε, delta and the dual clip where they are on, and cispo's cap and floor.
 * Where log-ratios are clipped there is neither delta nor dual clip.
 */
function bandOf(band: Readonly<ClipBand>, rule: LossForm["rule"]) {
  const { delta, dual_clip, cispo_floor: floor = 0 } = band;
  const plain = rule !== "geometric";
  return {
    ...ratioLimits(band, rule),
    delta: (plain ? delta : null) ?? FLOAT_MAX,
    dual: (plain ? dual_clip : null) ?? FLOAT_MAX,
    cap: upperEpsilon(band),
    floor,
  };
}

/** Bytes of the uniform `settings`: bounds are rounded from float64 once, here. */
export function packSettings(
  config: ObjectiveConfig,
  scope: ObjectiveScope,
  B: number,
  terms: ObjectiveTerms,
): ArrayBuffer {
  const form = lossForm(config);
  const { kl_estimator, kl_clamp } = beyondTRL(config);
  const own = bandOf(config, form.rule);
  const otherClip = scope.otherClip ?? config;
  const other = bandOf(otherClip, form.rule);
  const ofToken = config.importance_sampling_level === "token" ? config : otherClip;
  // policy_loss is the loss before gradient accumulation divides it, where it does.
  const divided = form.divisor !== "rollout tokens";
  return SETTINGS.pack({
    level: levels.indexOf(config.importance_sampling_level),
    rule: RULES.indexOf(form.rule),
    aggregation: aggregationOf(form),
    onPolicy: Number(scope.onPolicy ?? false),
    correctKl: Number(config.use_bias_correction_kl),
    klEstimator: klEstimators.indexOf(kl_estimator),
    klMost: kl_clamp ?? FLOAT_MAX,
    hasSamplingRatio: Number(terms.samplingRatio),
    hasLogpSampled: Number(terms.logpSampled),
    masksOffPolicy: Number(config.off_policy_mask_threshold !== null),
    clipLow: own.low,
    clipHigh: own.high,
    delta: own.delta,
    dual: own.dual,
    cap: own.cap,
    floor: own.floor,
    beta: config.beta,
    normaliser: normaliser(form.divisor, B, scope),
    accumulation: scope.gradientAccumulationSteps,
    policyLossScale: divided ? scope.gradientAccumulationSteps : 1,
    entropyQuantile: scope.entropyFloor === undefined ? 1 - config.top_entropy_quantile : 0,
    entropyCoef: config.entropy_coef,
    offPolicyThreshold: config.off_policy_mask_threshold ?? 0,
    histogramRange: scope.histogramRange,
    gatePos: config.sapo_temperature_pos,
    gateNeg: config.sapo_temperature_neg,
    gammaPosK: config.vespo_k_pos,
    gammaNegK: config.vespo_k_neg,
    gammaPosLambda: Math.max(config.vespo_lambda_pos, 1e-4),
    gammaNegLambda: Math.max(config.vespo_lambda_neg, 1e-4),
    hasBonus: Number(hasEntropyBonus(config)),
    otherLow: other.low,
    otherHigh: other.high,
    otherDelta: other.delta,
    otherDual: other.dual,
    otherCap: other.cap,
    otherFloor: other.floor,
    tokenLogLow: -ofToken.epsilon,
    tokenLogHigh: upperEpsilon(ofToken),
    entropyFloor: scope.entropyFloor ?? -FLOAT_MAX,
  });
}

/** TRL's defaults of these fields, sapo's and vespo's constants included. */
export const OBJECTIVE_DEFAULTS = Object.fromEntries(
  objectiveFields.flatMap((name) => (name in trlDefaults ? [[name, trlDefaults[name]]] : [])),
) as unknown as ObjectiveConfig;
