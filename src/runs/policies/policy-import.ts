import { PARAMETERS } from "../../config/policy-problems.ts";
import { parameterCount } from "../../config/parameter-count.ts";
import type { PolicyConfig, RunConfig } from "../../config/types.ts";
import { parameterLayout, type ParameterTensor } from "../../engine/policy/parameters.ts";
import {
  READ_TYPES,
  safetensorsEntries,
  type TensorEntry,
} from "../../engine/policy/safetensors.ts";
import { policyShape } from "../../engine/policy/shape-of.ts";
import { ownName } from "../../engine/policy/vision/llava-config.ts";
import { visionTensors } from "../../engine/policy/vision/tensors.ts";
import { task as taskOf, tasks } from "../../tasks/registry.ts";
import { notFinite } from "./finite-tensors.ts";
import { readJson, statedPolicy } from "./policy-config.ts";
import { adapter, isAdapters, policyFilesIn } from "./policy-files.ts";
import { refused } from "./policy-refused.ts";
import { requirePictures } from "./policy-pictures.ts";
import { renamed } from "./safetensors-shards.ts";
import { isZip, readZip, type Files } from "../formats/zip.ts";
import { z } from "../formats/zod.ts";

/** A policy from a file, checked; the file's tensors fit `policy` and are all there. */
export interface ImportedPolicy {
  policy: PolicyConfig;
  task: string;
  /** The safetensors file, not decoded yet; its tensors are called as the engine's. */
  file: Uint8Array;
  /** Where the weights lay: a folder's path, or what was given where there is none. */
  name: string;
  /** Other folders with weights, which were not taken. */
  others: readonly string[];
  /** Types of 16 bits that some of its tensors are of; decoding widens them to float32. */
  widened: readonly string[];
}

/** A trainer's folder with its checkpoints; they take what a dropped folder may. */
const LIMITS = { entries: 1024, bytes: 2 ** 28 };

const tokenizerSchema = z.looseObject({
  model: z.looseObject({ vocab: z.record(z.string(), z.number()) }),
});

/**
 * A policy in a folder's files, by path, or in an archive of such a folder; of a trainer's folder
 * the newest checkpoint. `run` says the task where no tokenizer does. Nothing is decoded.
 *
 * @throws UserError that names the file, what it has and what is needed.
 */
export function readPolicy(files: Files, run: RunConfig): ImportedPolicy {
  const [[given, first] = ["", undefined]] = files;
  if (files.size !== 1 || first === undefined || !isZip(first)) return policyIn(files, run);
  const inside = policyIn(readZip(first, LIMITS), run);
  // The archive is what the reader gave; a folder in it is named where there was a choice.
  return { ...inside, name: inside.others.length > 0 ? `${inside.name} of ${given}` : given };
}

function policyIn(files: Files, run: RunConfig): ImportedPolicy {
  const found = policyFilesIn(files);
  const stated = statedPolicy(found.config);
  const { policy, vocabulary } = stated;
  const task = found.tokenizer === undefined ? run.task : taskWith(vocabularyOf(found.tokenizer));
  const size = taskOf(task).vocabulary.length;
  if (vocabulary !== size) {
    throw refused(`its vocabulary has ${vocabulary} tokens; the task ${task} has ${size}`);
  }
  requirePictures(found, stated, taskOf(task));
  const count = parameterCount(policy, size);
  if (count > PARAMETERS.max) {
    throw refused(`it has ${count} parameters; at most ${PARAMETERS.max} are supported`);
  }
  const { weights, weightsName, folder, others } = found;
  const file = policy.vision ? renamed(weights, weightsName, ownName) : weights;
  const types = checkTensors(file, weightsName, { ...run, policy, task });
  const widened = types.filter((type) => type !== "F32");
  return { policy, task, file, name: folder || weightsName, others, widened };
}

function vocabularyOf(file: Uint8Array): Readonly<Record<string, number>> {
  const checked = tokenizerSchema.safeParse(readJson(file, "tokenizer.json"));
  if (checked.success) return checked.data.model.vocab;
  throw refused("tokenizer.json has no model.vocab from tokens to ids");
}

/** The task whose tokens have these ids; the tokens decide what the weights mean. */
function taskWith(vocabulary: Readonly<Record<string, number>>): string {
  const size = Object.keys(vocabulary).length;
  const found = tasks.find(
    (task) =>
      task.vocabulary.length === size &&
      task.vocabulary.every(
        (text, id) => Object.hasOwn(vocabulary, text) && vocabulary[text] === id,
      ),
  );
  if (found) return found.id;
  throw refused(`tokenizer.json has ${size} tokens that are no task's vocabulary`);
}

/** The types of the tensors, each once. */
function checkTensors(file: Uint8Array, fileName: string, run: RunConfig): string[] {
  const types = new Set<string>();
  const entries = new Map<string, TensorEntry>();
  let needed: readonly ParameterTensor[];
  try {
    for (const entry of safetensorsEntries(file).entries) entries.set(entry.name, entry);
    const shape = policyShape(run, taskOf(run.task));
    needed = parameterLayout({ ...shape, visionTensors: visionTensors(shape) }).tensors;
  } catch (error) {
    if (error instanceof RangeError) throw refused(error.message);
    throw error;
  }
  if ([...entries.values()].some(isAdapters)) throw adapter();
  for (const { name, shape } of needed) {
    const entry = entries.get(name);
    if (entry === undefined) throw refused(`${fileName} has no ${name}`);
    if (entry.shape.join() !== shape.join()) {
      throw refused(
        `${name} is ${entry.shape.join("×") || "a number"}; a policy of this shape needs ${shape.join("×")}`,
      );
    }
    requireReadable(entry);
    requireFinite(file, entry);
    types.add(entry.dtype);
    entries.delete(name);
  }
  // Some writers store a tied head a second time.
  const again = run.policy.tied ? entries.get("lm_head.weight") : undefined;
  if (again !== undefined) {
    requireReadable(again);
    entries.delete("lm_head.weight");
  }
  const [extra] = entries.keys();
  if (extra !== undefined) throw refused(`it also has ${extra}, which this decoder has not`);
  return [...types];
}

function requireReadable({ name, dtype }: TensorEntry): void {
  if (READ_TYPES.includes(dtype)) return;
  throw refused(`${name} is ${dtype}; ${READ_TYPES.join(", ")} are read`);
}

function requireFinite(file: Uint8Array, entry: TensorEntry): void {
  const found = notFinite(file, entry);
  if (found === null) return;
  throw refused(
    `${entry.name} has ${found}`,
    "Choose weights from before that came into them, e.g. an earlier checkpoint.",
  );
}
