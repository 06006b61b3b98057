import type { Named, Processes, Reading } from "../python/written.ts";
import { readFlags, type Word } from "./flags.ts";
import { shellCommands } from "./shell-words.ts";

/** A command that trains with TRL: `accelerate launch train.py --num_generations 8 …`. */
export function readCommand(source: string): Reading | Named | null {
  if (!/(^|[\s"'])--[A-Za-z]/.test(source)) return null;
  const readings = shellCommands(source).flatMap((words) => {
    const { launcher, rest } = launchOf(words);
    const reading = readFlags(rest);
    return reading ? [{ ...reading, processes: countOf(launcher) }] : [];
  });
  const [first] = readings.toSorted((a, b) => b.written.length - a.written.length);
  if (!first) return fileOnly(source);
  const line = first.written[0]?.line ?? 1;
  const notes =
    readings.length === 1
      ? []
      : [
          `The text has ${readings.length} commands with settings; the one with most, from line ${line} on, is read.`,
        ];
  return { ...first, notes: [...first.notes, ...notes] };
}

/** `trl grpo --config recipe.yaml` alone: everything is in the file. */
function fileOnly(source: string): Named | null {
  const [, file] = /\btrl\s+grpo\b[^\n]*--config[= ]\s*(\S+)/.exec(source) ?? [];
  if (file === undefined) return null;
  return {
    is: `This command takes its configuration from ${file}, which is not in this text. Paste that file.`,
  };
}

const LAUNCHERS = /^(accelerate|torchrun|deepspeed|trl)$/;

/** The words of the launcher and those of the script: flags before a script are the launcher's. */
function launchOf(words: readonly Word[]): { launcher: Word[]; rest: Word[] } {
  const at = words.findIndex(({ text }) => LAUNCHERS.test(text.replace(/^.*\//, "")));
  const plain = words.findIndex(({ text }) => /^(!?python3?|uv|poetry)$/.test(text));
  const from = at >= 0 ? at : plain;
  if (from < 0) return { launcher: [], rest: [...words] };
  const script = words.findIndex(
    ({ text }, i) =>
      i > from && (text.endsWith(".py") || (text === "grpo" && words[i - 1]?.text === "trl")),
  );
  if (script < 0) return { launcher: [...words], rest: [...words] };
  // trl's own command hands launch flags on to accelerate wherever they stand.
  const launcher = words[script]?.text === "grpo" ? [...words] : words.slice(from, script);
  return { launcher, rest: words.slice(script + 1).filter((_, i, all) => !isLaunchFlag(all, i)) };
}

const LAUNCH_FLAG =
  /^--(num[_-]processes|nproc[_-]per[_-]node|num[_-]gpus|nnodes|accelerate_config)(=|$)/;

const isLaunchFlag = (words: readonly Word[], i: number): boolean =>
  LAUNCH_FLAG.test(words[i]?.text ?? "") ||
  (/^--(num[_-]processes|nproc[_-]per[_-]node|num[_-]gpus|nnodes|accelerate_config)$/.test(
    words[i - 1]?.text ?? "",
  ) &&
    !words[i]?.text.startsWith("--"));

/** How many processes a launcher is told to start; null: it is not told. */
function countOf(words: readonly Word[]): Processes | null {
  const number = (flag: RegExp): { value: number; line: number } | null => {
    for (const [i, { text, line }] of words.entries()) {
      const [, own] = flag.exec(text) ?? [];
      if (own === undefined) continue;
      const given = own === "" ? (words[i + 1]?.text ?? "") : own.slice(1);
      return { value: /^\d+$/.test(given) ? Number(given) : NaN, line };
    }
    return null;
  };
  const all = number(/^--num[_-]processes(=.*|)$/) ?? number(/^--num[_-]gpus(=.*|)$/);
  const perNode = number(/^--nproc[_-]per[_-]node(=.*|)$/);
  const nodes = number(/^--nnodes(=.*|)$/);
  const found = all ?? perNode;
  if (found === null) {
    // The number is in a file that is not here.
    const file = words.find(({ text }) => /^--(config[_-]file|accelerate_config)(=|$)/.test(text));
    return file ? { count: NaN, line: file.line } : null;
  }
  return { count: all ? all.value : found.value * (nodes?.value ?? 1), line: found.line };
}

const LAUNCH_LINE =
  /^.*\b(?:accelerate\s+launch|torchrun|deepspeed|trl\s+grpo|torch\.distributed\.\w+)\b.*$/gm;

/** The launch that a comment, a cell or a docstring beside a configuration names. */
export function launchWithin(source: string): Processes | null {
  const found: Processes[] = [];
  const lineAt = (position: number) => source.slice(0, position).split("\n").length;
  // A continued line is one line; every place stays where it is.
  for (const { 0: text, index } of source.replaceAll(/\\\n/g, "  ").matchAll(LAUNCH_LINE)) {
    const [words = []] = shellCommands(text.replace(/^[\s#!%>$"'`]+/, ""));
    const processes = countOf(launchOf(words).launcher);
    if (processes) found.push({ ...processes, line: lineAt(index) });
  }
  const launcher = /\bnotebook_launcher\([^)]*num_processes\s*=\s*(\d+)/.exec(source);
  if (launcher) {
    found.push({ count: Number(launcher[1]), line: lineAt(launcher.index) });
  }
  const [first] = found;
  if (!first) return null;
  return found.every(({ count }) => count === first.count) ? first : { ...first, count: NaN };
}
