import { readPython, type Budget } from "../python/read-python.ts";
import { depthOf, type Named, type Reader, type Reading } from "../python/written.ts";
import { environmentOf, type Environment } from "../shell/environment.ts";
import { readAssignments } from "./assignments.ts";
import { readCommand } from "./command.ts";
import { readData } from "./data.ts";
import { frameworkOfText } from "./frameworks.ts";
import { readJsonLog, readLogLines } from "./kinds.ts";
import { readPrinted } from "./printed.ts";
import { isConfiguration, isSetting } from "./recognise.ts";
import { blocksOf, isPython, proseOf, stretchesOf } from "./stretches.ts";
import { readTable } from "./table.ts";
import { readToml } from "./toml.ts";
import { withoutJsonComments } from "./jsonc.ts";
import { isJson, YAML } from "./yaml-text.ts";
import { withoutComments } from "./without-comments.ts";

/**
 * Steps that parsing may take: a script of 1,000 lines, or a shorter one with places that
 * are mended. Counted, not timed, so that a text is read the same on every machine: 30 ms of valid
 * Python, up to 0.7 s of what is none.
 */
const WORK = 30_000;
const MAX_DEPTH = 200;
/** Signs in a row nest as well; the rulers that some comments draw are shorter. */
const CHAIN = /(?:(?:[-+~]|not)\s{0,3}){600}/;
/** Longest call that is read where the script around it is not. */
const MAX_CALL = 6000;

const isReading = (read: Reading | Named | null): read is Reading =>
  read !== null && "written" in read;

/** Kinds of text that nothing else looks like. */
const UNMISTAKABLE: readonly ((source: string, environment: Environment) => ReturnType<Reader>)[] =
  [
    readJsonLog,
    // What only looks like JSON may be a dict of Python, whose None is a text in YAML.
    (source, environment) =>
      isJson(withoutJsonComments(source)) ? readData(source, environment) : null,
    readLogLines,
    (source) => frameworkOfText(withoutComments(source)),
    readPrinted,
    readToml,
    readTable,
  ];

/**
 * Whatever the text is: the first form in which it holds a configuration, else what it is instead.
 * @param cells Lines, from 0, that the cells of a notebook begin in.
 */
export function readText(
  source: string,
  cells: readonly number[] = [0],
  environment: Environment = environmentOf(),
): Reading | Named | null {
  const blocks = blocksOf(source);
  if (blocks.length > 0) {
    const read = readBlocks(blocks, environment);
    if (read) return read;
  }
  const stretches = stretchesOf(source, cells);
  if (stretches === null) return readOne(source, environment);
  const read = readOne(stretches.python, environment);
  if (isReading(read)) return read;
  const command = readOne(stretches.shell, environment);
  return isReading(command) ? command : (read ?? command);
}

/** The block of a document with most settings. */
function readBlocks(blocks: readonly string[], environment: Environment): Reading | null {
  const readings = blocks.map((block) => readText(block, [0], environment)).filter(isReading);
  const [first, ...others] = readings.toSorted((a, b) => b.written.length - a.written.length);
  if (!first || others.length === 0) return first ?? null;
  const line = first.written[0]?.line ?? 1;
  return {
    ...first,
    notes: [
      ...first.notes,
      `The text has ${readings.length} blocks of code with settings; the one with most, from line ${line} on, is read.`,
    ],
  };
}

/** The order is from forms that nothing else looks like to those that much looks like. */
function readOne(source: string, environment: Environment): Reading | Named | null {
  for (const read of UNMISTAKABLE) {
    const found = read(source, environment);
    if (found) return found;
  }
  if (depthOf(source) > MAX_DEPTH || CHAIN.test(source)) return null;
  const code = withoutComments(source);

  const budget: Budget = { left: WORK };
  const call = /\b(?:Unsloth)?GRPOConfig\b/.exec(code);
  const script = isScript(code) ? readPython(source, budget, environment) : null;
  if (isReading(script)) return script;
  const at = call ? source.indexOf(call[0]) : -1;
  if (call && budget.left <= 0) return readCallAlone(source, at, environment);
  // Scripts in a job's file are for the shell what stands in their values, not the lines of the file.
  const data = YAML.test(source) ? readData(source, environment) : null;
  if (isReading(data)) return data;
  const isScriptOfPython = isPython(source);
  const words = code.includes("sys.argv")
    ? argvOf(code)
    : isScriptOfPython
      ? proseOf(source)
      : source;
  const command = readCommand(words, (file) => readData(file, environment), environment);
  // How a script of another trainer is started is no configuration of this one.
  const isOurs = !isScriptOfPython || /\bGRPO(?:Config|Trainer)\b|sys\.argv/.test(code);
  if (isReading(command) && isOurs) return isScriptOfPython ? asUsage(command) : command;
  const yaml = data ?? readData(source, environment);
  if (isReading(yaml)) return yaml;
  const rest = call
    ? null
    : (readArguments(source, budget, environment) ?? readAssignments(source, budget, environment));
  return rest ?? script ?? (isReading(command) ? null : command) ?? yaml;
}

/** Whether Python's grammar is worth a try: something is called, imported or a dict. */
const isScript = (code: string): boolean =>
  /\b(?:Unsloth)?GRPOConfig\b|\{|^\s*(?:import|from)\s|\w+(?:Config|Arguments)\(/m.test(code);

/** `sys.argv += ["--num_generations", "4"]` and `parse_args([…])` as the command that they are. */
const argvOf = (code: string): string =>
  [...code.matchAll(/\[((?:\s*["'][^"'\n]*["']\s*,?)+)\]/g)]
    .map(([, list = ""]) => list.replaceAll(",", " ").replaceAll(/\s*\n\s*/g, " "))
    .join("\n");

/** Where a script has no configuration but shows how it is started with one. */
function asUsage(command: Reading): Reading {
  const line = command.written[0]?.line ?? 1;
  const note = `Read from the command in line ${line}, by which the script says that it is started; it has no configuration of its own.`;
  return { ...command, notes: [...command.notes, note] };
}

/** Where parsing the whole took too long: the call by itself, in which no names are known. */
function readCallAlone(
  source: string,
  at: number,
  environment: Environment,
): Reading | Named | null {
  const blank = source.slice(0, at).replace(/[^\n]/g, "");
  const read = readPython(blank + source.slice(at, at + MAX_CALL), { left: WORK / 2 }, environment);
  if (isReading(read)) read.open.push("the rest of the text, which takes too long to read");
  return read;
}

/** Arguments without the call around them; only the call could have one without a name. */
function readArguments(source: string, budget: Budget, environment: Environment): Reading | null {
  const names = [...source.matchAll(/(\w{1,64})\s?=/g)].map(([, name = ""]) => name);
  if (!names.some(isSetting)) return null;
  const bare = readPython(`GRPOConfig(${source}\n)`, budget, environment);
  if (!isReading(bare)) return null;
  const written = bare.written.filter(({ name }) => names.includes(name));
  const commas = /=[^\n]*,[ \t]*(#[^\n]*)?$/m.test(source) || !/\n\s*\w+\s*=/.test(source);
  return commas && isConfiguration(written.map(({ name }) => name))
    ? { ...bare, written, format: "arguments", callee: null }
    : null;
}
