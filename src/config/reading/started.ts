import type { Word } from "./flags.ts";

/** A program that a command starts. */
export interface Started {
  /** "trl grpo", "verl.trainer.main_ppo", "train.py", "run.sh"; "" where none is named. */
  program: string;
  /** What stands before it: launchers and their flags. */
  launcher: Word[];
  /** What it is given. */
  rest: Word[];
}

/** Programs whose first word says what they do. */
const WITH_SUBCOMMAND =
  /^(?:trl|swift|megatron|axolotl|llamafactory-cli) (?:grpo|rloo|dpo|kto|sft|reward|vllm-serve|rlhf|pt|infer|rollout|deploy|export|train|preprocess)$/;

const LAUNCHERS = /^(?:accelerate|torchrun|deepspeed)$/;

/** Modules that start another. */
const LAUNCHING =
  /^(?:torch\.distributed\.(?:run|launch)|accelerate\.commands\.(?:launch|accelerate_cli)|debugpy|deepspeed\.launcher\.\w+|cProfile)$/;

const baseOf = ({ text }: Word): string => text.replace(/^!/, "").replace(/^.*\//, "");

/** What a command starts, through whatever launchers it does. */
export function startedBy(words: readonly Word[]): Started {
  const found = (from: number, to: number, program: string): Started => ({
    program,
    launcher: words.slice(0, from),
    rest: words.slice(to + 1),
  });
  const first = words.findIndex((word) => baseOf(word) === "ray");
  const separator = words.findIndex(({ text }) => text === "--");
  for (let i = first >= 0 && separator > first ? separator + 1 : 0; i < words.length; i++) {
    const word = words[i];
    if (!word) continue;
    const next = words[i + 1];
    const base = baseOf(word);
    if (next && WITH_SUBCOMMAND.test(`${base} ${next.text}`)) {
      return found(i, i + 1, `${base} ${next.text}`);
    }
    if (/^(?:-m|--module)$/.test(word.text) && next) {
      if (!LAUNCHING.test(next.text)) return found(i, i + 1, next.text);
      i++;
    }
    if (word.text.endsWith(".py")) return found(i, i, word.text);
    if (word.text.endsWith(".sh") && (i === 0 || /^(?:ba|z)?sh$/.test(words[i - 1]?.text ?? ""))) {
      return found(i, i, word.text);
    }
  }
  const [starts] = words;
  if (!starts || starts.text.startsWith("-"))
    return { program: "", launcher: [], rest: [...words] };
  // A launch that is cut off before its script.
  return LAUNCHERS.test(baseOf(starts))
    ? { program: "", launcher: [...words], rest: [...words] }
    : found(0, 0, starts.text);
}
