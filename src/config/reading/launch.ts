import type { Processes } from "../python/written.ts";
import { ask, environmentOf, type Environment } from "../shell/environment.ts";
import { readShell } from "../shell/read-shell.ts";
import type { ShellCommand } from "../shell/walk.ts";
import type { Word } from "./flags.ts";
import { startedBy, type Started } from "./started.ts";

const LAUNCH_FLAG =
  /^--(num[_-]processes|nproc[_-]per[_-]node|num[_-]gpus|nnodes|accelerate_config)(=|$)/;

const isLaunchFlag = (words: readonly Word[], i: number): boolean =>
  LAUNCH_FLAG.test(words[i]?.text ?? "") ||
  (/^--(num[_-]processes|nproc[_-]per[_-]node|num[_-]gpus|nnodes|accelerate_config)$/.test(
    words[i - 1]?.text ?? "",
  ) &&
    !words[i]?.text.startsWith("--"));

/** The words of a program's own, and how many processes its launcher starts. */
export function launched(command: Pick<ShellCommand, "words" | "environment">): Started & {
  processes: Processes | null;
} {
  const started = startedBy(command.words);
  // trl's own command hands launch flags on to accelerate wherever they stand.
  const launcher = started.program.startsWith("trl ") ? started.rest : started.launcher;
  return {
    ...started,
    rest: started.rest.filter((_, i, all) => !isLaunchFlag(all, i)),
    processes: countOf([...launcher]) ?? environmentCount(command),
  };
}

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

/** ms-swift starts as many processes as its environment says. */
function environmentCount({ environment }: Pick<ShellCommand, "environment">): Processes | null {
  const perNode = environment.get("NPROC_PER_NODE");
  if (perNode === undefined) return null;
  const nodes = environment.get("NNODES")?.text ?? "1";
  const isKnown = /^\d+$/.test(perNode.text) && /^\d+$/.test(nodes);
  return { count: isKnown ? Number(perNode.text) * Number(nodes) : NaN, line: perNode.line };
}

const LAUNCH_LINE =
  /^.*\b(?:accelerate\s+launch|torchrun|deepspeed|trl\s+grpo|torch\.distributed\.\w+)\b.*$/gm;

/** The launch that a comment, a cell or a docstring beside a configuration names. */
export function launchWithin(
  source: string,
  environment: Environment = environmentOf(),
): Processes | null {
  const found: Processes[] = [];
  const lineAt = (position: number) => source.slice(0, position).split("\n").length;
  // A continued line is one line; every place stays where it is.
  for (const { 0: text, index } of source.replaceAll(/\\\n/g, "  ").matchAll(LAUNCH_LINE)) {
    const own = environmentOf(environment.given);
    const [command] = readShell(text.replace(/^[\s#!%>$"'`]+/, ""), own).commands;
    for (const each of own.asked.values()) ask(environment, { ...each, line: lineAt(index) });
    const processes = command ? launched(command).processes : null;
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
