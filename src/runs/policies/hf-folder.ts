import { UserError } from "../../base/user-error.ts";
import { longestPrompt } from "../../config/prompt-length.ts";
import { jsonLiteral } from "../../config/python/write-value.ts";
import type { PolicyConfig } from "../../config/types.ts";
import { configOfLlava } from "../../engine/policy/vision/write-llava-config.ts";
import { configOfShape } from "../../engine/policy/write-config-json.ts";
import { IMAGE } from "../../tasks/picture.ts";
import { EOS, PAD, UNK, type Task } from "../../tasks/task.ts";
import { processorFiles } from "./hf-processor.ts";

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
 * `AutoTokenizer`, or, of a policy that sees pictures, with `AutoModelForImageTextToText` and
 * `AutoProcessor`; `model.safetensors` goes beside them.
 *
 * Token texts are separated by spaces, in prompts and in what is decoded: "sort 3 1 2 =".
 *
 * @throws UserError for a shape that transformers refuses.
 */
export function hfFolder(options: HfFolderOptions): Record<string, string> {
  requireWholeHeads(options.policy);
  const { vision } = options.policy;
  const files = {
    "config.json": config(options),
    "generation_config.json": generation(options),
    "tokenizer.json": tokenizer(options.task),
    "tokenizer_config.json": tokenizerConfig(options),
    ...(vision && processorFiles(vision)),
  };
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => [
      name,
      // A temperature of 2 is 2.0: transformers refuses one that is no float.
      typeof file === "string" ? file : `${jsonLiteral(file)}\n`,
    ]),
  );
}

const context = (options: HfFolderOptions): number =>
  longestPrompt(options, options.task) + options.maxCompletionLength;

const specialIds = { bos_token_id: EOS, eos_token_id: EOS, pad_token_id: PAD };

function config(options: HfFolderOptions): Record<string, unknown> {
  const { policy, task } = options;
  const shape = { ...policy, vocab: task.vocabulary.length, padTokenId: PAD };
  const text = { ...configOfShape(shape, context(options)), use_cache: true, ...specialIds };
  const whole = policy.vision
    ? { ...configOfLlava(policy.vision, text, task.vocabulary.indexOf(IMAGE)), ...specialIds }
    : text;
  return { ...whole, torch_dtype: "float32" };
}

/** transformers' Llama alone wants this of heads that have a width of their own. */
function requireWholeHeads({ architecture = "llama", width, heads }: PolicyConfig): void {
  if (architecture !== "llama" || width % heads === 0) return;
  throw new UserError(
    `The policy's width (${width}) is no multiple of its heads (${heads}), which transformers refuses of a llama.`,
    "Export the run, which has the weights; or train another width.",
  );
}

/** generate()'s own default of top_k is 50. */
const generation = ({ task, temperature, maxCompletionLength }: HfFolderOptions) => ({
  ...specialIds,
  // LLaVA raises where a text has its token and there is no picture for it.
  ...(task.picture && { suppress_tokens: [task.vocabulary.indexOf(IMAGE)] }),
  do_sample: true,
  temperature,
  top_k: 0,
  top_p: 1,
  max_new_tokens: maxCompletionLength,
});

const tokenizer = ({ vocabulary, picture }: Task) => ({
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [PAD, EOS, UNK, ...(picture ? [vocabulary.indexOf(IMAGE)] : [])].map((id) => ({
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
  ...(options.task.picture && { extra_special_tokens: { image_token: IMAGE } }),
  padding_side: "left",
  model_max_length: context(options),
  clean_up_tokenization_spaces: false,
  model_input_names: ["input_ids", "attention_mask"],
});
