import { lengthInRollouts } from "../prompt-units.ts";
import {
  cannot,
  derived,
  elsewhere,
  exact,
  implied,
  missing,
  near,
  nearly,
  same,
  topK,
} from "../rules.ts";
import {
  readRollout,
  readUpdate,
  SIZE_FIELDS,
  updateOutcome,
  writeSizes,
  type Unit,
} from "../sizes.ts";
import { seedRule } from "../trl-names.ts";
import type { Framework, Given, Outcome, Rule } from "../types.ts";
import { findings } from "./findings.ts";
import { objective } from "./objective.ts";
import { optimizer } from "./optimizer.ts";

const GROUP = "n-samples-per-prompt";
const ROLLOUT: Unit = { key: "rollout-batch-size", of: "prompts" };
const UPDATE: Unit = { key: "global-batch-size", of: "completions" };
const STEPS = "num-steps-per-rollout";

/** An update is global-batch-size completions, or a rollout cut into so many steps. */
const sizes = derived({
  fields: SIZE_FIELDS,
  keys: { [ROLLOUT.key]: undefined, [UPDATE.key]: null, [STEPS]: null },
  note: "prompts per rollout; completions per update, or updates per rollout",
  read(given) {
    const rollout = readRollout(ROLLOUT, GROUP, given);
    return given.value(STEPS) === null
      ? [rollout, readUpdate(UPDATE, ROLLOUT, GROUP, given)]
      : [rollout, bySteps(given)];
  },
  write: (whole) => writeSizes(whole, ROLLOUT, UPDATE),
});

function bySteps(given: Given): Outcome {
  const rollout = given.number(ROLLOUT.key) * given.number(GROUP);
  const steps = given.number(STEPS);
  const from = `${rollout.toLocaleString("en")} completions / num-steps-per-rollout ${steps}`;
  return updateOutcome(STEPS, { rollout, update: rollout / steps, from });
}

const updates = (given: Given): number =>
  given.value(STEPS) === null
    ? (given.number(ROLLOUT.key) * given.number(GROUP)) / given.number(UPDATE.key)
    : given.number(STEPS);

const clip = derived({
  fields: ["epsilon", "epsilon_high", "delta"],
  keys: { "eps-clip": 0.2, "eps-clip-high": null, "eps-clip-c": null },
  note: "without eps-clip-high both sides are eps-clip",
  read(given) {
    const low = given.number("eps-clip");
    const high = given.value("eps-clip-high") === null ? low : given.number("eps-clip-high");
    const cispo = given.word("advantage-estimator") === "cispo";
    const dual = given.value("eps-clip-c");
    return [
      cispo
        ? elsewhere("eps-clip", "cispo caps from above alone.")
        : exact("eps-clip", { epsilon: low }),
      cispo
        ? near(
            "eps-clip-high",
            { epsilon_high: 1 + high },
            `The cap is 1 + ${high}; TRL's epsilon_high is the cap itself under cispo.`,
          )
        : exact("eps-clip-high", { epsilon_high: high }),
      dual === null
        ? elsewhere("eps-clip-c", "Not set: no dual clip.")
        : exact(
            "eps-clip-c",
            { delta: given.number("eps-clip-c") },
            "Caps the ratio where the advantage is negative.",
          ),
    ];
  },
  write({ values, number, is }) {
    const high = values.epsilon_high === null ? number("epsilon") : number("epsilon_high");
    const settings =
      is("loss_type", "cispo") && is("importance_sampling_level", "token")
        ? { "eps-clip-high": Number((high - 1).toPrecision(12)) }
        : { "eps-clip": number("epsilon"), "eps-clip-high": high };
    return {
      settings: {
        ...settings,
        ...(values.delta === null ? {} : { "eps-clip-c": number("delta") }),
      },
    };
  },
});

const kl = derived({
  fields: ["beta", "use_bias_correction_kl"],
  keys: { "use-kl-loss": false, "kl-loss-coef": 0, "kl-loss-type": "k1", "use-unbiased-kl": false },
  note: "k1 without a setting; k3 and low_var_kl are TRL's",
  read(given) {
    if (!given.flag("use-kl-loss")) {
      return [
        exact("use-kl-loss", { beta: 0, use_bias_correction_kl: false }, "No KL term."),
        ...["kl-loss-coef", "kl-loss-type", "use-unbiased-kl"].map((key) =>
          elsewhere(key, "use-kl-loss is off."),
        ),
      ];
    }
    const type = given.word("kl-loss-type");
    return [
      exact("use-kl-loss", {}, "kl-loss-coef counts."),
      exact("kl-loss-coef", { beta: given.number("kl-loss-coef") }),
      type === "k3" || type === "low_var_kl"
        ? exact("kl-loss-type", {}, "k3, as TRL's.")
        : near(
            "kl-loss-type",
            {},
            `${type}${given.stated("kl-loss-type") ? "" : ", slime's default"}; TRL has k3 alone.`,
          ),
      exact("use-unbiased-kl", { use_bias_correction_kl: given.flag("use-unbiased-kl") }),
    ];
  },
  write: ({ number, is }) =>
    number("beta") === 0
      ? { settings: {} }
      : {
          settings: {
            "use-kl-loss": true,
            "kl-loss-coef": number("beta"),
            "kl-loss-type": "k3",
            ...(is("use_bias_correction_kl", true) ? { "use-unbiased-kl": true } : {}),
          },
        },
});

const advantage = derived({
  fields: ["scale_rewards"],
  keys: { "disable-grpo-std-normalization": false },
  mark: "near",
  note: "the deviation has 1e-6 added to it, TRL's 1e-4",
  read: (given) => [
    given.flag("disable-grpo-std-normalization")
      ? exact("disable-grpo-std-normalization", { scale_rewards: "none" })
      : near(
          "disable-grpo-std-normalization",
          { scale_rewards: "group" },
          "1e-6 is added to the group's deviation; TRL adds 1e-4.",
        ),
  ],
  write: ({ text }) => ({
    settings: text("scale_rewards") === "none" ? { "disable-grpo-std-normalization": true } : {},
    notes: {
      ...(text("scale_rewards") === "group"
        ? { scale_rewards: nearly("1e-6 is added to the deviation, TRL adds 1e-4.") }
        : {}),
      ...(text("scale_rewards") === "batch"
        ? { scale_rewards: cannot("slime divides by the group's deviation.") }
        : {}),
    },
  }),
});

const mask = derived({
  fields: ["off_policy_mask_threshold"],
  keys: { "use-opsm": false, "opsm-delta": 1e-4 },
  read: (given) =>
    given.flag("use-opsm")
      ? [
          exact("use-opsm", {}, "opsm-delta counts."),
          exact("opsm-delta", { off_policy_mask_threshold: given.number("opsm-delta") }),
        ]
      : [
          exact("use-opsm", { off_policy_mask_threshold: null }),
          elsewhere("opsm-delta", "use-opsm is off."),
        ],
  write: ({ values, number }) =>
    values.off_policy_mask_threshold === null
      ? { settings: {} }
      : { settings: { "use-opsm": true, "opsm-delta": number("off_policy_mask_threshold") } },
});

const sampler = derived({
  fields: [
    "vllm_importance_sampling_correction",
    "vllm_importance_sampling_mode",
    "vllm_importance_sampling_clip_max",
    "vllm_importance_sampling_clip_min",
  ],
  keys: { "use-tis": false, "tis-clip": 2, "tis-clip-low": 0 },
  note: "per token, cut at tis-clip",
  read: (given) =>
    given.flag("use-tis")
      ? [
          exact("use-tis", {
            vllm_importance_sampling_correction: true,
            vllm_importance_sampling_mode: "token_truncate",
          }),
          exact("tis-clip", { vllm_importance_sampling_clip_max: given.number("tis-clip") }),
          given.number("tis-clip-low") === 0
            ? elsewhere("tis-clip-low", "No floor, as in TRL's token_truncate.")
            : near("tis-clip-low", {}, "A floor under the weight; TRL's token_truncate has none."),
        ]
      : [
          exact("use-tis", { vllm_importance_sampling_correction: false }),
          elsewhere("tis-clip", "use-tis is off."),
          elsewhere("tis-clip-low", "use-tis is off."),
        ],
  write({ values, text, number }) {
    if (values.vllm_importance_sampling_correction !== true || values.use_vllm !== true)
      return { settings: {} };
    const most =
      values.vllm_importance_sampling_clip_max === undefined
        ? 3
        : number("vllm_importance_sampling_clip_max");
    return {
      settings: { "use-tis": true, "tis-clip": most },
      ...(text("vllm_importance_sampling_mode") === "token_truncate"
        ? {}
        : {
            notes: {
              vllm_importance_sampling_mode: nearly("slime cuts the weight of each token."),
            },
          }),
    };
  },
});

const replay = derived({
  fields: ["router_replay"],
  keys: { "use-routing-replay": false, "use-rollout-routing-replay": false },
  note: "a mixture's; TRL has none, this page has it",
  read: (given) => {
    const sampled = given.flag("use-rollout-routing-replay");
    const own = given.flag("use-routing-replay");
    return [
      exact("use-routing-replay", { router_replay: sampled ? "R3" : own ? "R2" : "none" }),
      elsewhere(
        "use-rollout-routing-replay",
        sampled ? "Read with use-routing-replay: R3." : "Off.",
      ),
    ];
  },
  write: ({ text }) => {
    const mode = text("router_replay");
    return {
      settings:
        mode === "R3"
          ? { "use-rollout-routing-replay": true }
          : mode === "R2"
            ? { "use-routing-replay": true }
            : {},
    };
  },
});

const beyond: readonly Rule[] = [
  missing(
    "dynamic-sampling-filter-path",
    null,
    "Dynamic sampling: groups that a function refuses are drawn again; GRPOTrainer keeps them.",
  ),
  missing(
    "over-sampling-batch-size",
    null,
    "How many prompts are sampled at a time for dynamic sampling.",
  ),
  missing("kl-coef", 0, "Takes the KL divergence off the rewards; TRL has it in the loss alone."),
  missing("normalize-advantages", false, "Normalises advantages over the whole batch once more."),
  missing("partial-rollout", false, "Carries unfinished answers over to the next rollout."),
  missing(
    "custom-tis-function-path",
    null,
    "A correction of its own for the sampler's probabilities.",
  ),
  missing(
    "ref-update-interval",
    null,
    "Sets the reference to the policy every so many rollouts: TRL's sync_ref_model with ref_model_mixup_alpha 1.",
  ),
  implied("router_aux_loss_coef", 0, "slime adds no load-balancing loss of its own."),
];

/** slime's flags, and those of miles, which goes back to it. */
export const slime: Framework = {
  id: "slime",
  name: "slime",
  rules: [
    same({ key: GROUP, field: "num_generations", usual: 1 }),
    sizes,
    lengthInRollouts({
      rollouts: { key: "num-rollout", usual: null },
      epochs: { key: "num-epoch", usual: null },
      updates,
    }),
    same({ key: "rollout-max-response-len", field: "max_completion_length", usual: undefined }),
    same({ key: "rollout-temperature", field: "temperature", usual: 1 }),
    same({ key: "rollout-top-p", field: "top_p", usual: 1 }),
    same({
      key: "rollout-top-k",
      field: "top_k",
      usual: -1,
      codec: topK,
      says: "−1 there is 0 in TRL: no filter.",
    }),
    derived({
      fields: ["shuffle_dataset"],
      keys: { "rollout-shuffle": false },
      read: (given) => [
        exact("rollout-shuffle", { shuffle_dataset: given.flag("rollout-shuffle") }),
      ],
      write: ({ is }) => ({
        settings: is("shuffle_dataset", true) ? { "rollout-shuffle": true } : {},
      }),
    }),
    seedRule("rollout-seed", 42),
    objective,
    clip,
    advantage,
    kl,
    same({ key: "entropy-coef", field: "entropy_coef", usual: 0 }),
    mask,
    ...optimizer,
    replay,
    sampler,
    ...beyond,
    implied("num_iterations", 1, "slime goes through a rollout once."),
  ],
  aliases: {},
  elsewhere: [
    [
      /^(rollout|sglang|eval|n-samples-per-eval|rm-|prompt-data|input-key|label-key|metadata-key|apply-chat|custom-|reward-key|hf-checkpoint|ref-load|load|save|ckpt|wandb|use-wandb|tensorboard|use-tensorboard|loss-type|gamma|lambd|value-clip|num-critic|critic)/,
      "The data, the rewards and the samples.",
    ],
    [
      /^(actor-|colocate|debug|tensor-model|sequence-parallel|pipeline|context-parallel|expert|recompute|micro-batch|use-dynamic-batch|max-tokens|balance|log-probs|attention|hidden-dropout|accumulate|optimizer-cpu|overlap|use-precision|use-distributed|num-layers|num-attention|num-query|hidden-size|ffn|swiglu|use-rotary|disable-bias|add-qkv|normalization|norm-eps|rotary|vocab|kv-channels|qk-|group-query|moe|num-experts|untie|address|runtime|bf16|train-|update-weight|offload|no-|use-fault|seed|ray|megatron|make-vocab|seq-length|max-position|transformer|model|calculate-per|distributed|spec|norm|enable|fp8|allgather|multi-latent|q-lora|kv-lora|v-head|mscale|decoder|post-|apply-layernorm|dist|lora)/,
      "The model, and how the work is cut.",
    ],
    [/^[A-Z_]+$/, "How it is launched."],
  ],
  findings,
  spelled: (key) => `--${key}`,
};
