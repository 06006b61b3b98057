import { UserError } from "../../base/user-error.ts";
import type { PolicyConfig } from "../../config/types.ts";
import { EOS, PAD, UNK, type Task } from "../../tasks/task.ts";

/** What decides the folder beside the weights. */
export interface HfFolderOptions {
  policy: PolicyConfig;
  task: Task;
  /** The task's difficulty in the run: it bounds the prompts. */
  difficulty: number;
  maxCompletionLength: number;
  temperature: number;
}

/**
 * The text files, by name, of a folder that transformers 4.57 and 5 open with
 * `AutoModelForCausalLM` and `AutoTokenizer`; `model.safetensors` goes beside them.
 *
 * Throws a UserError for another architecture.
 *
 * Token texts are separated by spaces, in prompts and in what is decoded: "sort 3 1 2 =".
 */
export function hfFolder(options: HfFolderOptions): Record<string, string> {
  const { architecture = "llama" } = options.policy;
  if (architecture !== "llama") {
    throw new UserError(
      `The policy is a ${architecture}; folders for transformers are written of llama.`,
      "Export the run, which has the weights.",
    );
  }
  const files = {
    "config.json": config(options),
    "generation_config.json": generation(options),
    "tokenizer.json": tokenizer(options.task),
    "tokenizer_config.json": tokenizerConfig(options),
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, json]) => [name, `${JSON.stringify(json, null, 2)}\n`]),
  );
}

const context = ({ task, difficulty, maxCompletionLength }: HfFolderOptions): number =>
  task.maxPromptLength(difficulty) + maxCompletionLength;

const specialIds = { bos_token_id: EOS, eos_token_id: EOS, pad_token_id: PAD };

/** `rope_theta` at the top is read by both versions; a tied head must be said, or it is random. */
const config = (options: HfFolderOptions) => ({
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: options.task.vocabulary.length,
  hidden_size: options.policy.width,
  intermediate_size: options.policy.hidden,
  num_hidden_layers: options.policy.layers,
  num_attention_heads: options.policy.heads,
  num_key_value_heads: options.policy.kvHeads,
  head_dim: options.policy.width / options.policy.heads,
  hidden_act: "silu",
  max_position_embeddings: context(options),
  rms_norm_eps: options.policy.rmsNormEps,
  rope_theta: options.policy.ropeTheta,
  rope_scaling: null,
  tie_word_embeddings: options.policy.tied,
  attention_bias: false,
  mlp_bias: false,
  attention_dropout: 0,
  use_cache: true,
  ...specialIds,
  torch_dtype: "float32",
});

/** generate()'s own default of top_k is 50. */
const generation = ({ temperature, maxCompletionLength }: HfFolderOptions) => ({
  ...specialIds,
  do_sample: true,
  temperature,
  top_k: 0,
  top_p: 1,
  max_new_tokens: maxCompletionLength,
});

const tokenizer = ({ vocabulary }: Task) => ({
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [PAD, EOS, UNK].map((id) => ({
    id,
    content: vocabulary[id],
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: null,
  pre_tokenizer: { type: "WhitespaceSplit" },
  post_processor: null,
  decoder: null,
  model: {
    type: "WordLevel",
    vocab: Object.fromEntries(vocabulary.map((text, id) => [text, id])),
    unk_token: vocabulary[UNK],
  },
});

const tokenizerConfig = (options: HfFolderOptions) => ({
  tokenizer_class: "PreTrainedTokenizerFast",
  eos_token: options.task.vocabulary[EOS],
  pad_token: options.task.vocabulary[PAD],
  unk_token: options.task.vocabulary[UNK],
  padding_side: "left",
  model_max_length: context(options),
  clean_up_tokenization_spaces: false,
  model_input_names: ["input_ids", "attention_mask"],
});
