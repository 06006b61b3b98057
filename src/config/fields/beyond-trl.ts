import { baselines, beyondDefaults, klEstimators, type FieldsBeyondTRL } from "../beyond-trl.ts";
import type { TableOf } from "../field.ts";

const notTRL = (whose: string) =>
  ({ removed: { why: `${whose}, not TRL's`, inUnsloth: false }, optional: true }) as const;

/** Of the optimizer. */
export const optimizerBeyondTRL = {
  decay_norms_and_biases: {
    type: { kind: "bool" },
    trlDefault: beyondDefaults.decay_norms_and_biases,
    help: "Weight decay for every parameter, as in verl, NeMo RL, SkyRL and AReaL; transformers, so TRL, leaves out norms and biases.",
    source: "verl fsdp_workers.py; transformers get_decay_parameter_names",
    effect: "restart",
    ...notTRL("verl's"),
  },
} satisfies TableOf<Pick<FieldsBeyondTRL, "decay_norms_and_biases">>;

/** Of the loss and the advantages; every one does nothing at its default. */
export const lossBeyondTRL = {
  advantage_baseline: {
    type: { kind: "enum", values: baselines },
    trlDefault: beyondDefaults.advantage_baseline,
    help: "The mean that is subtracted: of the whole group, as in TRL, or of its other completions (RLOO, NeMo RL). Counts under sum_then_normalize.",
    source: "verl rloo; NeMo RL use_leave_one_out_baseline",
    effect: "next-generation",
    ...notTRL("NeMo RL's and verl's"),
  },
  advantage_std_eps: {
    type: { kind: "float", min: 0, max: 1 },
    trlDefault: beyondDefaults.advantage_std_eps,
    help: "Added to the deviation: 1e-4 in TRL, which has no such field; 1e-6 in verl, slime and NeMo RL, 1e-9 in OpenRLHF.",
    source: "verl core_algos.py; AReaL NormConfig.eps",
    effect: "next-generation",
    ...notTRL("AReaL's"),
  },
  advantage_std_unbiased: {
    type: { kind: "bool" },
    trlDefault: beyondDefaults.advantage_std_unbiased,
    help: "The deviation's squares are divided by one less than their number, as in TRL, which has no such field; off, by their number.",
    source: "AReaL NormConfig.std_unbiased",
    effect: "next-generation",
    ...notTRL("AReaL's"),
  },
  advantage_std_leave_one_out: {
    type: { kind: "bool" },
    trlDefault: beyondDefaults.advantage_std_leave_one_out,
    help: "The deviation is that of the other completions, NeMo RL's default; where it is 0 nothing divides. TRL takes that of all.",
    source: "NeMo RL calculate_baseline_and_std_per_prompt",
    effect: "next-generation",
    ...notTRL("NeMo RL's"),
  },
  dual_clip: {
    type: {
      kind: "float",
      min: 1,
      max: 1000,
      above: 1,
      nullable: true,
      slider: { min: 1.01, max: 10, scale: "log" },
    },
    trlDefault: beyondDefaults.dual_clip,
    help: "With a negative advantage the loss is at most this × |A|. TRL's delta is the same from 1 + epsilon_high on; a lower delta caps positive advantages instead.",
    source: "verl clip_ratio_c; NeMo RL ratio_clip_c; OpenRLHF dual_clip",
    effect: "live",
    ...notTRL("verl's clip_ratio_c"),
  },
  cispo_floor: {
    type: { kind: "float", min: 0, max: 1, slider: { min: 0, max: 1, scale: "linear" } },
    trlDefault: beyondDefaults.cispo_floor,
    help: "Under cispo smaller ratios are lifted to this: 1 − clip_ratio_low in verl, whose weight is held on both sides. TRL's has no floor; 0 is none.",
    source: "verl cispo; SkyRL cispo_eps_clip_low; NeMo RL use_cispo",
    effect: "live",
    ...notTRL("verl's cispo"),
  },
  geometric_clip: {
    type: { kind: "bool" },
    trlDefault: beyondDefaults.geometric_clip,
    help: "GMPO: log-ratios are clipped at −epsilon and epsilon_high, and a row's ratio at level token is their geometric mean. delta and dual_clip do not count. TRL: trl.experimental.",
    source: "GMPO paper; verl geo_mean",
    effect: "live",
    ...notTRL("verl's geo_mean"),
  },
  kl_estimator: {
    type: { kind: "enum", values: klEstimators },
    trlDefault: beyondDefaults.kl_estimator,
    help: "The KL term of a token with u = log π_ref − log π: −u (k1), u²/2 (k2), or exp(u) − u − 1 (k3), which is TRL's.",
    source: "verl kl_loss_type; slime kl-loss-type; Schulman, approximating KL divergence",
    effect: "live",
    ...notTRL("verl's kl_loss_type"),
  },
  kl_clamp: {
    type: { kind: "float", min: 0, max: 1000, above: 0, nullable: true },
    trlDefault: beyondDefaults.kl_clamp,
    help: "Holds the KL term of a token within ± this, without a gradient beyond: 10 in verl, ms-swift and NeMo RL; TRL holds nothing.",
    source: "verl core_algos.py; NeMo RL kl_output_clamp_value",
    effect: "live",
    ...notTRL("NeMo RL's kl_output_clamp_value"),
  },
} satisfies TableOf<Omit<FieldsBeyondTRL, keyof typeof optimizerBeyondTRL>>;
