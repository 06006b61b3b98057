import { readAny } from "../../../src/config/frameworks/read-any.ts";
import type { ForeignPaste } from "../../../src/config/frameworks/foreign.ts";
import type { Told } from "../../../src/config/frameworks/read.ts";
import { isForeign } from "../../../src/config/frameworks/values.ts";
import { runFrom } from "../../../src/config/run-from.ts";

/** A text of another trainer, read. */
export function read(text: string): ForeignPaste {
  const paste = readAny(text, { base: runFrom() });
  if ("problem" in paste) throw new Error(paste.problem);
  if (!isForeign(paste)) throw new Error(`read as ${paste.defaults}`);
  return paste;
}

/** What became of one setting of theirs. */
export function told(paste: ForeignPaste, key: string): Told {
  const found = paste.foreign.told.find((each) => each.key === key);
  if (!found) throw new Error(`nothing is said of ${key}`);
  return found;
}

/** The facts that a person checks by hand. */
export function facts({ foreign: { values } }: ForeignPaste) {
  const of = (name: string): number => Number(values[name]);
  const rows =
    of("per_device_train_batch_size") *
    of("gradient_accumulation_steps") *
    Number(values.num_processes ?? 1);
  const completions =
    values.generation_batch_size == null
      ? of("per_device_train_batch_size") *
        Number(values.num_processes ?? 1) *
        Number(values.steps_per_generation ?? values.gradient_accumulation_steps)
      : of("generation_batch_size");
  return {
    group: of("num_generations"),
    completions,
    updates: (completions / rows) * Number(values.num_iterations ?? 1),
    level: values.importance_sampling_level,
    loss: values.loss_type,
    band: [values.epsilon, values.epsilon_high],
    beta: values.beta,
  };
}
