import { UserError } from "../../base/user-error.ts";
import type { PolicyConfig } from "../../config/types.ts";
import { configOfShape } from "../../engine/policy/write-config-json.ts";
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
 * The text files, by name, of a folder that transformers opens with `AutoModelForCausalLM` and
 * `AutoTokenizer`; `model.safetensors` goes beside them.
 *
 * Token texts are separated by spaces, in prompts and in what is decoded: "sort 3 1 2 =".
 *
 * @throws UserError for a shape that transformers refuses, and for a policy that sees pictures.
 */
export function hfFolder(options: HfFolderOptions): Record<string, string> {
  requireText(options.policy);
  requireWholeHeads(options.policy);
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

const config = (options: HfFolderOptions) => ({
  ...configOfShape(
    { ...options.policy, vocab: options.task.vocabulary.length, padTokenId: PAD },
    context(options),
  ),
  use_cache: true,
  ...specialIds,
  torch_dtype: "float32",
});

/** transformers' Llama alone wants this of heads that have a width of their own. */
function requireText({ vision }: PolicyConfig): void {
  if (!vision) return;
  throw new UserError(
    "The policy has a vision tower, and folders for transformers have none here.",
    "Export the run, which has the weights.",
  );
}

function requireWholeHeads({ architecture = "llama", width, heads }: PolicyConfig): void {
  if (architecture !== "llama" || width % heads === 0) return;
  throw new UserError(
    `The policy's width (${width}) is no multiple of its heads (${heads}), which transformers refuses of a llama.`,
    "Export the run, which has the weights; or train another width.",
  );
}

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
