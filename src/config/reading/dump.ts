import type { Reading, Written } from "../python/written.ts";

/** Settings from which on a text is what a program wrote out, not a person. */
const WHOLE = 60;

export interface Dumped {
  written: Written[];
  notes: string[];
  /** The processes that it was made for, where its sizes tell; null: they do not. */
  processes: number | null;
}

/**
 * A configuration that was written out after it was made, by `to_dict()` or `print(args)`: TRL has
 * then filled in what follows from other fields, and would refuse to be given both.
 */
export function asDumped({ written }: Reading): Dumped {
  const value = (name: string): unknown => {
    const found = written.find((each) => each.name === name);
    return found && "value" in found.literal ? found.literal.value : null;
  };
  const completions = Number(value("generation_batch_size") ?? NaN);
  const slices = Number(value("steps_per_generation") ?? NaN);
  if (written.length < WHOLE || !(completions > 0) || !(slices > 0)) {
    return { written: [...written], notes: [], processes: null };
  }
  const processes = completions / (slices * Number(value("per_device_train_batch_size")));
  return {
    written: written.filter(({ name }) => name !== "generation_batch_size"),
    notes: [
      "This is a configuration as it was after TRL had made it: generation_batch_size follows from the other sizes and the number of processes, and is left out.",
    ],
    processes: Number.isInteger(processes) && processes > 0 ? processes : null,
  };
}
