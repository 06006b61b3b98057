import type { Given } from "../types.ts";

const ACTOR = "actor_rollout_ref.actor";
const ROLLOUT = "actor_rollout_ref.rollout";

/** verl's settings that more than one rule looks at. */
export const KEY = {
  n: `${ROLLOUT}.n`,
  /** Of Search-R1's own copy of verl. */
  agents: `${ROLLOUT}.n_agent`,
  trainBatch: "data.train_batch_size",
  genBatch: "data.gen_batch_size",
  miniBatch: `${ACTOR}.ppo_mini_batch_size`,
  epochs: `${ACTOR}.ppo_epochs`,
  shuffleMini: `${ACTOR}.shuffle`,
  mode: `${ACTOR}.policy_loss.loss_mode`,
  agg: `${ACTOR}.loss_agg_mode`,
  scale: `${ACTOR}.loss_scale_factor`,
  clip: `${ACTOR}.clip_ratio`,
  low: `${ACTOR}.clip_ratio_low`,
  high: `${ACTOR}.clip_ratio_high`,
  dual: `${ACTOR}.clip_ratio_c`,
  tauPos: `${ACTOR}.tau_pos`,
  tauNeg: `${ACTOR}.tau_neg`,
  useKL: `${ACTOR}.use_kl_loss`,
  klCoef: `${ACTOR}.kl_loss_coef`,
  klType: `${ACTOR}.kl_loss_type`,
  entropy: `${ACTOR}.entropy_coeff`,
  responses: "data.max_response_length",
  prompts: "data.max_prompt_length",
  estimator: "algorithm.adv_estimator",
  byStd: "algorithm.norm_adv_by_std_in_grpo",
  filter: "algorithm.filter_groups.enable",
  totalSteps: "trainer.total_training_steps",
} as const;

export const optim = (name: string): string => `${ACTOR}.optim.${name}`;
export const policyLoss = (name: string): string => `${ACTOR}.policy_loss.${name}`;
export const rolloutKey = (name: string): string => `${ROLLOUT}.${name}`;
export const correction = (name: string): string => `algorithm.rollout_correction.${name}`;

/** How often a prompt is rolled out besides rollout.n: of Search-R1's copy alone. */
export const agentsOf = (given: Given): number =>
  given.value(KEY.agents) === null ? 1 : given.number(KEY.agents);

/** The loss mode; underscores took the place of hyphens. */
export const modeOf = (word: string): string => word.replaceAll("-", "_");
