import { task } from "../../tasks/registry.ts";
import { largeValue } from "../large-scale.ts";
import { formatLink } from "../link.ts";
import { formatValue } from "../parse-field.ts";
import { processesOf } from "../processes.ts";
import { longestPrompt } from "../prompt-length.ts";
import { armConfig, type ArmConfig, type RunConfig } from "../types.ts";
import { beyondNotes } from "./beyond-notes.ts";
import {
  exportedFields,
  rewardWeights,
  type ExportedField,
  type Target,
} from "./exported-fields.ts";
import { EXAMPLE } from "./picture-python.ts";
import { rewardNames, taskPython } from "./task-python.ts";
import { floatLiteral, jsonLiteral, pythonLiteral, yamlFloat, yamlLiteral } from "./write-value.ts";

/** The forms in which a configuration leaves the page. */
export const forms = ["trl", "unsloth", "config", "yaml", "json"] as const;
export type Form = (typeof forms)[number];

const EXTENSION: Readonly<Record<Form, string>> = {
  trl: "py",
  unsloth: "py",
  config: "py",
  yaml: "yaml",
  json: "json",
};

/** How a script's note of weights begins that belong to other reward functions than its own. */
export const OWN_WEIGHTS = "reward_weights of your own reward functions";

/** The folder that a script loads the policy from. */
export const POLICY_FOLDER = "policy";

/** One arm of the run in one form: text that the page reads back as the same configuration. */
export function exportArm(run: RunConfig, arm: ArmConfig, form: Form): string {
  switch (form) {
    case "trl":
      return trlScript(run, arm);
    case "unsloth":
      return unslothScript(run, arm);
    case "config":
      return `${note(run, arm)}\nfrom trl import GRPOConfig\n\n${call(run, arm, "trl")}\n`;
    case "yaml":
      return yaml(run, arm);
    case "json":
      return json(run, arm);
  }
}

export const fileName = (run: RunConfig, arm: ArmConfig, form: Form): string =>
  `${run.task}-${arm.name}-${form}.${EXTENSION[form]}`;

/** What the configuration itself cannot say: the page reads task and policy back from it. */
const note = (run: RunConfig, arm: ArmConfig): string =>
  [
    `# Ratioscope: ${formatLink(run)}`,
    ...ownWeights(run),
    ...beyondNotes(armConfig(run, arm)),
    ...launch(run, arm),
  ].join("\n");

/** With how many processes the batch sizes are to be started; the page reads it back from here. */
function launch(run: RunConfig, arm: ArmConfig): string[] {
  const processes = processesOf(armConfig(run, arm));
  return processes === 1 ? [] : [`# accelerate launch --num_processes ${processes} train.py`];
}

/** Weights that are not of the task's reward functions, which the scripts have, are said beside. */
function ownWeights(run: RunConfig): string[] {
  const weights = largeValue(run, run.grpo, "reward_weights");
  return weights === undefined ? [] : [`# ${OWN_WEIGHTS}: ${JSON.stringify(weights)}`];
}

/** `training_args = GRPOConfig(…)`, a field a line. */
function call(run: RunConfig, arm: ArmConfig, target: Target, weights?: readonly number[]): string {
  const exported = exportedFields(run, arm, target);
  const all = weights === undefined ? exported : withWeights(exported, weights);
  return `training_args = GRPOConfig(\n${all.map(argument).join("\n")}\n)`;
}

function argument({ name, value, float, comment, omitted }: ExportedField): string {
  const said = comment === "" ? "" : `  # ${comment}`;
  const literal = float && typeof value === "number" ? floatLiteral(value) : pythonLiteral(value);
  return `    ${omitted ? "# " : ""}${name}=${literal},${said}`;
}

/** The weights that the page uses, in place of the field's None, which is 1 for each in TRL. */
const withWeights = (exported: ExportedField[], weights: readonly number[]): ExportedField[] => [
  ...exported.filter(({ name }) => name !== "reward_weights"),
  { name: "reward_weights", value: weights, float: false, comment: "", omitted: false },
];

/** Whether the trainer asks for an evaluation set: transformers raises where there is none. */
const evaluates = (run: RunConfig): boolean =>
  run.grpo.eval_strategy !== "no" || run.exportOnly?.eval_on_start === true;

const seesPictures = (run: RunConfig): boolean => task(run.task).picture !== undefined;

function dataset(run: RunConfig): string {
  const seen = seesPictures(run);
  const row = seen ? "example(draw(draws))" : '{"prompt": " ".join(make_prompt(rows))}';
  const of = (name: string, size: number) => `\
${name} = Dataset.from_list(
    [${row} for _ in range(${size})]
)`;
  return [
    ...(seen ? [`${EXAMPLE}\n\n`] : []),
    `${seen ? "draws" : "rows"} = random.Random(${run.grpo.seed})`,
    of("dataset", run.datasetSize),
    ...(evaluates(run) ? [of("eval_dataset", run.evaluationSize)] : []),
  ].join("\n");
}

const MODEL = `\
# The policy's folder, exported from the page. A large model: its name on the hub.
MODEL = "${POLICY_FOLDER}"`;

/** transformers 5 gives a qwen2 Qwen2's own tokenizer, whatever its folder says. */
const ownTokenizer = ({ policy }: RunConfig): boolean => policy.architecture === "qwen2";

const PLAIN_TOKENIZER = `\
# Not AutoTokenizer, which takes Qwen2's own whatever the folder says.
tokenizer = PreTrainedTokenizerFast.from_pretrained(MODEL)`;

/** What of the model is trained, where that is not all. */
const frozen = (run: RunConfig): string =>
  seesPictures(run) && (run.policy.vision?.frozen ?? true)
    ? "\nmodel.model.vision_tower.requires_grad_(False)"
    : "";

/** What makes tokens of prompts, and pixels of pictures. */
const processing = (run: RunConfig) => (seesPictures(run) ? "processor" : "tokenizer");

const trainer = (run: RunConfig) => `\
trainer = GRPOTrainer(
    model=model,
    processing_class=${processing(run)},
    reward_funcs=[${rewardNames(run.task).join(", ")}],
    args=training_args,
    train_dataset=dataset,${evaluates(run) ? "\n    eval_dataset=eval_dataset," : ""}
)
trainer.train()`;

function trlScript(run: RunConfig, arm: ArmConfig): string {
  // The level of one gradient per token is a trainer of its own in TRL.
  const perToken = armConfig(run, arm).importance_sampling_level === "sequence_token";
  const seen = seesPictures(run);
  const model = seen ? "AutoModelForImageTextToText" : "AutoModelForCausalLM";
  const tokens = seen ? "AutoProcessor" : "AutoTokenizer";
  const imports = [
    "import random",
    "",
    "from datasets import Dataset",
    ...(seen ? ["from PIL import Image"] : []),
    `from transformers import ${model}, ${ownTokenizer(run) ? "PreTrainedTokenizerFast" : tokens}`,
    perToken ? "from trl import GRPOConfig" : "from trl import GRPOConfig, GRPOTrainer",
    ...(perToken ? ["from trl.experimental.gspo_token import GRPOTrainer"] : []),
  ].join("\n");
  return script(run, arm, "TRL 1.13", [
    `${imports}\n\n${MODEL}`,
    taskPython(run.task, run.difficulty),
    dataset(run),
    call(run, arm, "trl", rewardWeights(run, arm)),
    `${ownTokenizer(run) ? PLAIN_TOKENIZER : `${processing(run)} = ${tokens}.from_pretrained(MODEL)`}\nmodel = ${model}.from_pretrained(MODEL)${frozen(run)}`,
    trainer(run),
  ]);
}

function unslothScript(run: RunConfig, arm: ArmConfig): string {
  const { max_completion_length } = armConfig(run, arm);
  const length = longestPrompt(run, task(run.task)) + max_completion_length;
  const seen = seesPictures(run);
  const loader = seen ? "FastVisionModel" : "FastLanguageModel";
  const imports = `\
from unsloth import ${loader}  # before trl, which it changes

import random

from datasets import Dataset
${seen ? "from PIL import Image\n" : ""}${ownTokenizer(run) ? "from transformers import PreTrainedTokenizerFast\n" : ""}from trl import GRPOConfig, GRPOTrainer`;
  const model = `\
model, ${processing(run)} = ${loader}.from_pretrained(
    model_name=MODEL,
    max_seq_length=${length},  # toy; a large model takes prompt and completion together
    load_in_4bit=False,
    full_finetuning=True,  # toy; a large model takes ${loader}.get_peft_model
)${ownTokenizer(run) ? `\n${PLAIN_TOKENIZER}` : ""}${frozen(run)}`;
  return script(run, arm, "Unsloth", [
    `${imports}\n\n${MODEL}`,
    taskPython(run.task, run.difficulty),
    dataset(run),
    model,
    call(run, arm, "unsloth", rewardWeights(run, arm)),
    trainer(run),
  ]);
}

function script(run: RunConfig, arm: ArmConfig, library: string, parts: readonly string[]): string {
  const { title } = task(run.task);
  return `${note(run, arm)}\n# The task "${title}" with ${library}.\n${parts.join("\n\n\n")}\n`;
}

function yaml(run: RunConfig, arm: ArmConfig): string {
  const lines = exportedFields(run, arm, "trl").map(({ name, value, float, comment, omitted }) => {
    const said = comment === "" ? "" : `  # ${comment}`;
    const literal = float && typeof value === "number" ? yamlFloat(value) : yamlLiteral(value);
    return `${omitted ? "# " : ""}${name}: ${literal}${said}`;
  });
  return `${note(run, arm)}\n${lines.join("\n")}\n`;
}

function json(run: RunConfig, arm: ArmConfig): string {
  const entries = exportedFields(run, arm, "trl")
    .filter(({ omitted }) => !omitted)
    .map(({ name, value, float }) => {
      const number = float && typeof value === "number";
      const literal = number ? floatLiteral(value) : jsonLiteral(value);
      return `  "${name}": ${literal.replaceAll("\n", "\n  ")}`;
    });
  return `{\n${entries.join(",\n")}\n}\n`;
}

/**
 * What a form has no room for, a sentence each: GRPOConfig raises at a field that it has no more,
 * and JSON, unlike the others, has no comments to keep it in.
 */
export function leftOut(run: RunConfig, arm: ArmConfig, form: Form): string[] {
  if (form !== "json") return [];
  const processes = processesOf(armConfig(run, arm));
  return [
    ...exportedFields(run, arm, "trl")
      .filter(({ omitted }) => omitted)
      .map(
        ({ name, value, comment }) =>
          `${name} (${formatValue(value)}) is left out of the JSON: it is ${comment}, and GRPOConfig would refuse it.`,
      ),
    ...(processes === 1
      ? []
      : [
          `The JSON cannot say that its batch sizes are for ${processes} processes: start it with accelerate launch --num_processes ${processes}.`,
        ]),
  ];
}
