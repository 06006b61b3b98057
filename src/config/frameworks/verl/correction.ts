import { derived, elsewhere, exact, implied, missing, none } from "../rules.ts";
import type { Given, Outcome, Rule, Values } from "../types.ts";
import { correction, KEY, policyLoss } from "./names.ts";

const IS = correction("rollout_is");
const THRESHOLD = correction("rollout_is_threshold");

/** What makes up for the sampler's own probabilities. */
const sampler = derived({
  fields: [
    "vllm_importance_sampling_correction",
    "vllm_importance_sampling_mode",
    "vllm_importance_sampling_clip_max",
    "vllm_importance_sampling_clip_min",
  ],
  keys: { [IS]: null, [THRESHOLD]: 2 },
  note: "a threshold truncates, two as “0.5_5.0” leave out what is beyond them",
  read(given) {
    const level = given.word(IS);
    if (level === "") {
      return [
        exact(
          IS,
          { vllm_importance_sampling_correction: false },
          "No correction for the sampler's probabilities.",
        ),
        elsewhere(THRESHOLD, "Counts with rollout_is alone."),
      ];
    }
    if (level !== "token" && level !== "sequence")
      return [
        none(IS, `${level} is no level of TRL's correction.`, ["vllm_importance_sampling_mode"]),
      ];
    return [exact(IS, { vllm_importance_sampling_correction: true }), readThreshold(level, given)];
  },
  write({ values, text, number }) {
    if (values.vllm_importance_sampling_correction !== true || values.use_vllm !== true)
      return { settings: {} };
    const [level = "", how] = (text("vllm_importance_sampling_mode") || "sequence_mask").split("_");
    const most =
      values.vllm_importance_sampling_clip_max === undefined
        ? 3
        : number("vllm_importance_sampling_clip_max");
    const threshold =
      how === "mask" ? `${number("vllm_importance_sampling_clip_min")}_${most}` : most;
    return { settings: { [IS]: level, [THRESHOLD]: threshold } };
  },
});

function readThreshold(level: string, given: Given): Outcome {
  const [low, high] = given.shown(THRESHOLD).split("_").map(Number);
  const sets: Values =
    high === undefined
      ? {
          vllm_importance_sampling_mode: `${level}_truncate`,
          vllm_importance_sampling_clip_max: low ?? 2,
        }
      : {
          vllm_importance_sampling_mode: `${level}_mask`,
          vllm_importance_sampling_clip_min: low ?? 0,
          vllm_importance_sampling_clip_max: high,
        };
  return [low, high].some((each) => each !== undefined && Number.isNaN(each))
    ? none(THRESHOLD, "It is neither a number nor two with an underscore between them.", [
        "vllm_importance_sampling_mode",
      ])
    : exact(
        THRESHOLD,
        sets,
        high === undefined
          ? "Weights above it are cut to it."
          : "Weights outside of it are left out.",
      );
}

const OWN_LOSS = "Of a loss that TRL has not.";

/** What GRPOTrainer has nothing for. */
export const beyond: readonly Rule[] = [
  sampler,
  missing(
    correction("rollout_rs"),
    null,
    "Rejects rows by how far the sampler's probabilities are off; off_policy_mask_threshold is the nearest.",
  ),
  missing(correction("rollout_rs_threshold"), null, "The limits of rollout_rs."),
  missing(
    correction("bypass_mode"),
    false,
    "Takes the sampler's log-probs for the old ones; TRL computes them anew.",
  ),
  missing(correction("loss_type"), "ppo_clip", "Of bypass_mode's loss."),
  missing(
    correction("rollout_is_batch_normalize"),
    false,
    "Scales the sampler's weights to a mean of 1.",
  ),
  missing(
    KEY.filter,
    false,
    "Dynamic sampling: groups whose rewards are all the same are drawn again; GRPOTrainer keeps them, with advantage 0.",
  ),
  missing("algorithm.filter_groups.metric", null, "What dynamic sampling looks at."),
  missing("algorithm.filter_groups.max_num_gen_batches", 0, "How often dynamic sampling tries."),
  missing(
    "algorithm.use_kl_in_reward",
    false,
    "Takes the KL divergence off the rewards; TRL has it in the loss alone (beta).",
  ),
  missing("algorithm.kl_ctrl.kl_coef", 0.001, "Counts with use_kl_in_reward."),
  missing("algorithm.kl_penalty", "kl", "Counts with use_kl_in_reward."),
  missing(
    "reward_model.overlong_buffer.enable",
    false,
    "Takes reward off answers that come near the limit: in TRL a reward function, get_soft_overlong_punishment.",
  ),
  missing(
    "reward_model.overlong_buffer.len",
    null,
    "Tokens before the limit from which on reward is taken off.",
  ),
  missing("reward_model.overlong_buffer.penalty_factor", null, "The most that is taken off."),
  ...["tau_pos", "tau_neg"].map((name) =>
    missing(
      policyLoss(name),
      undefined,
      `Not read by verl: it belongs to actor.${name}.`,
      () => false,
    ),
  ),
  ...Object.entries({
    clip_cov_ratio: 0.0002,
    clip_cov_lb: 1,
    clip_cov_ub: 5,
    kl_cov_ratio: 0.0002,
    ppo_kl_coef: 0.1,
    dro_beta: null,
  }).map(([name, usual]) => missing(policyLoss(name), usual, OWN_LOSS)),
  implied("use_bias_correction_kl", false, "verl does not multiply the KL term by the ratio."),
  implied("router_aux_loss_coef", 0, "verl adds no load-balancing loss of its own."),
];
