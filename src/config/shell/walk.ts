import type { CommandExpansionPart, CompoundList, PipelineNode, Statement } from "unbash";
import type { Word } from "../reading/flags.ts";
import type { Environment } from "./environment.ts";
import type { Scope } from "./scope.ts";
import type { Segment, Value } from "./value.ts";

/** A command of a script, in the words that its program gets. */
export interface ShellCommand {
  words: readonly Word[];
  /** What it is given besides words: `NPROC_PER_NODE=8 swift …`, and what was exported above. */
  environment: ReadonlyMap<string, Word>;
  line: number;
  /** A here-document that it reads. */
  input: HereFile | null;
  /** On what it depends whether it runs: "as the test in line 3 decides"; null: on nothing. */
  only: string | null;
}

/** A text within a script that goes into a file or a program. */
export interface HereFile {
  text: readonly Segment[];
  /** The line, from 1, of its first line. */
  line: number;
}

/** A walk through a script, in which nothing is run. */
export interface Walk {
  source: string;
  lineOf(position: number): number;
  scope: Scope;
  /** Arguments of the function that the walk is in; null: those of the script, not known. */
  positional: readonly Word[] | null;
  commands: ShellCommand[];
  /** Files that the script itself writes, by name. */
  files: Map<string, HereFile>;
  environment: Environment;
  /** Variables as they were told: what still holds one is the environment's. */
  told: ReadonlyMap<string, Value>;
  /** Where the script hands on what it is given: `"$@"`. */
  handedOver: { text: string; line: number } | null;
  only: string | null;
  exported: Set<string>;
  /** Functions that were called. */
  called: Set<string>;
  depth: number;
  budget: { left: number };
  /** What a command in `$(…)` prints. */
  printed(part: CommandExpansionPart, line: number): readonly Segment[];
  /** Follows a function's body; whether it succeeds, null: only running it tells. */
  run(body: PipelineNode | CompoundList): boolean | null;
  /** Follows statements, as of a script within this one. */
  runList(statements: readonly Statement[]): void;
}

/** Ends a walk that takes longer than any script that people have. */
export class TooLong extends Error {}

/** @throws TooLong where the budget is spent. */
export function spend({ budget }: Walk, work: number): void {
  budget.left -= work;
  if (budget.left < 0) throw new TooLong();
}
