import { parse } from "unbash";
import { lineCounter } from "../python/written.ts";
import { environmentOf, type Environment } from "./environment.ts";
import { mendContinued } from "./mend-continued.ts";
import { printedText } from "./printed-text.ts";
import { copied, newScope } from "./scope.ts";
import { run, runList } from "./statements.ts";
import { known } from "./value.ts";
import { TooLong, type HereFile, type ShellCommand, type Walk } from "./walk.ts";

/** What a shell script starts and writes, as far as that is known without running it. */
export interface ShellScript {
  commands: readonly ShellCommand[];
  /** Files that it writes by here-documents, by name. */
  files: ReadonlyMap<string, HereFile>;
  /** Where it hands on its own arguments. */
  handedOver: { text: string; line: number } | null;
  notes: readonly string[];
}

/** Steps that a walk takes at the most; the longest script of the nine trainers takes 3,000. */
const BUDGET = 60_000;

/**
 * Follows a shell script by its grammar, without running any of it: what variables hold, which branch
 * a test of known texts takes, what functions and here-documents give.
 * @param environment What its reader has told of it; the variables that it asks for are put in.
 */
export function readShell(source: string, environment: Environment = environmentOf()): ShellScript {
  const mended = mendContinued(source);
  const told = new Map(
    Object.entries(environment.given).map(([name, text]) => [name, known(text, 0)] as const),
  );
  const walk: Walk = {
    source: mended.text,
    lineOf: lineCounter(source),
    scope: newScope(told),
    positional: null,
    commands: [],
    files: new Map(),
    environment,
    told,
    handedOver: null,
    only: null,
    exported: new Set(),
    called: new Set(),
    depth: 0,
    budget: { left: BUDGET },
    printed: (part, line) => printedText(part, walk, line),
    run: (body) => run(body, walk),
    runList: (statements) => runList(statements, walk),
  };
  const notes = [...mended.notes];
  try {
    runList(parse(mended.text).commands, walk);
    walk.scope.ended = false;
    // What a script's own text never calls is called by somebody else.
    for (const { name, body } of [...walk.scope.functions.values()]) {
      if (walk.called.has(name.value)) continue;
      const scope = walk.scope;
      walk.scope = copied(scope);
      run(body, walk);
      walk.scope = scope;
    }
  } catch (error) {
    if (!(error instanceof TooLong) && !(error instanceof RangeError)) throw error;
    notes.push("The script takes too long to follow to its end: what comes later was not read.");
  }
  const { commands, files, handedOver } = walk;
  return { commands, files, handedOver, notes };
}
