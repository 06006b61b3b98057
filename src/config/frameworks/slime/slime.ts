import { groupSize, lengthInRollouts } from "../prompt-units.ts";
import { derived, exact, implied, missing, same, topK } from "../rules.ts";
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
import { advantage, clip, kl, mask, replay, sampler } from "./loss.ts";
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
  ...[
    "custom-convert-samples-to-train-data-path",
    "rollout-data-postprocess-path",
    "rollout-sample-filter-path",
    "buffer-filter-path",
  ].map((key) => missing(key, null, "A function of its own changes what is trained on.")),
  missing(
    "use-rollout-logprobs",
    false,
    "Takes the sampler's log-probs for the old ones; TRL computes them anew.",
  ),
  missing("keep-old-actor", false, "Old log-probs are those of a policy that is kept for it."),
  missing("update-weights-interval", 1, "The sampler is up to so many rollouts behind."),
  missing("use-opd", false, "Distils from a teacher."),
  implied("router_aux_loss_coef", 0, "slime adds no load-balancing loss of its own."),
];

/** slime's flags, and those of miles, which goes back to it. */
export const slime: Framework = {
  id: "slime",
  name: "slime",
  rules: [
    groupSize(GROUP, 1, "A group of one is its own mean: nothing is learned."),
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
      /^(rollout|sglang|eval|n-samples-per-eval|rm-|prompt-data|input-key|label-key|metadata-key|apply-chat|custom-|reward-key|hf-checkpoint|ref-load|load|save|ckpt|wandb|use-wandb|tensorboard|use-tensorboard|tb-|log-(multi-turn|passrate|reward-category|correct-samples)|data-source-path|disable-rollout-global-dataset|multimodal-keys|tool-key|loss-mask-type|group-rm|start-rollout|skip-eval|gamma|lambd|value-clip|num-critic|critic)/,
      "The data, the rewards and the samples.",
    ],
    [
      /^(actor-|colocate|debug|tensor-model|sequence-parallel|pipeline|context-parallel|expert|recompute|micro-batch|use-dynamic-batch|max-tokens|balance|log-probs|attention|hidden-dropout|accumulate|optimizer-cpu|overlap|use-precision|use-distributed|num-layers|num-attention|num-query|hidden-size|ffn|swiglu|use-rotary|disable-bias|add-qkv|normalization|norm-eps|rotary|vocab|kv-channels|qk-|group-query|moe|num-experts|untie|address|runtime|bf16|train-|update-weight|offload|no-|num-gpus|ref-ckpt|ref-micro|memory-|profile|dump-details|freeze-|only-train|release-|data-pad|ci-|use-fault|seed|ray|megatron|make-vocab|seq-length|max-position|transformer|model|calculate-per|distributed|spec|norm|enable|fp8|allgather|multi-latent|q-lora|kv-lora|v-head|mscale|decoder|post-|apply-layernorm|dist|lora)/,
      "The model, and how the work is cut.",
    ],
    [/^[A-Z_]+$/, "How it is launched."],
  ],
  findings,
  spelled: (key) => `--${key}`,
};
