import type { Named, Reading, Written } from "../python/written.ts";
import { environmentOf, type Environment } from "../shell/environment.ts";
import { readShell, type ShellScript } from "../shell/read-shell.ts";
import { shownText } from "../shell/value.ts";
import type { HereFile, ShellCommand } from "../shell/walk.ts";
import { argumentsOf, flagsRead, openWords, plainFlag, readFlags } from "./flags.ts";
import type { FoundText } from "./found-text.ts";
import { launched } from "./launch.ts";
import { mapsOfOverrides } from "./overrides.ts";

/** What makes a text worth a try as a shell script: a flag, an override or a here-document. */
const LIKELY = /(^|[\s"'(])(--[A-Za-z]|[+~]{0,2}[A-Za-z_][\w-]*(\.[\w-]+)+=)|<<-?\s*['"\\]?\w/m;

/** Reads a file that a script writes, in lines of the script. */
type ReadFile = (text: string) => Reading | Named | null;

/**
 * A command that trains with TRL: `accelerate launch train.py --num_generations 8 …`.
 * @param readFile Reads the files that the script itself writes.
 */
export function readCommand(
  source: string,
  readFile: ReadFile,
  environment: Environment = environmentOf(),
): Reading | Named | null {
  if (!LIKELY.test(source)) return null;
  const script = readShell(source, environment);
  const readings = script.commands.flatMap((command) => {
    const reading = ofCommand(command, script, readFile);
    return reading ? [{ reading, command }] : [];
  });
  const [first] = readings.toSorted((a, b) => b.reading.written.length - a.reading.written.length);
  if (!first) return inHereDocument(script, readFile) ?? fileOnly(source);
  const line = first.reading.written[0]?.line ?? 1;
  const several =
    readings.length === 1
      ? []
      : [
          `The text has ${readings.length} commands with settings; the one with most, from line ${line} on, is read.`,
        ];
  return {
    ...first.reading,
    notes: [...first.reading.notes, ...several, ...notesOn(first.command, script)],
  };
}

function ofCommand(command: ShellCommand, script: ShellScript, readFile: ReadFile): Reading | null {
  const { rest, processes } = launched(command);
  const reading = readFlags(rest);
  const named = configFiles(rest.map(({ text }) => text)).flatMap((name) => {
    const file = script.files.get(name);
    const read = file ? ofFile(file, readFile) : null;
    return read ? [{ name, read }] : [];
  });
  if (named.length === 0) return reading && { ...reading, processes };
  const own = flagsRead(rest);
  // TRL's parser puts what the command says over what the file says.
  const written = [...named.flatMap(({ read }) => read.written), ...own.written];
  const last = new Map(written.map((each): [string, Written] => [each.name, each]));
  const names = named.map(({ name }) => name);
  return {
    ...(named[0]?.read as Reading),
    format: "command",
    written: [...last.values()],
    open: own.open.filter((each) => !names.some((name) => each.startsWith(name))),
    processes,
    notes: [
      `The text writes ${names.join(" and ")} itself: its settings are read, and those of the command over them.`,
    ],
  };
}

/** The files that `--config` names. */
const configFiles = (texts: readonly string[]): string[] =>
  texts.flatMap((text, i) => {
    const [, own] = /^--config(?:=(.*))?$/.exec(text) ?? [];
    const name = text === "--config" ? texts[i + 1] : own;
    return name === undefined ? [] : [name];
  });

/** A file of the script's own as a configuration, in the lines of the script. */
function ofFile({ text, line }: HereFile, readFile: ReadFile): Reading | null {
  const read = readFile("\n".repeat(Math.max(0, line - 1)) + shownText(text));
  return read && "written" in read ? read : null;
}

/** The configuration in a file that the script writes and nothing here reads. */
function inHereDocument({ files, commands }: ShellScript, readFile: ReadFile): Reading | null {
  const texts = [
    ...files,
    ...commands.flatMap(({ input }) => (input ? [["", input] as const] : [])),
  ];
  for (const [name, file] of texts) {
    const read = ofFile(file, readFile);
    if (!read) continue;
    const which = name === "" ? `what is handed on in line ${file.line}` : name;
    return { ...read, notes: [...read.notes, `Read from ${which}, which the script writes.`] };
  }
  return null;
}

function notesOn({ line, only }: ShellCommand, { notes, handedOver }: ShellScript): string[] {
  return [
    ...notes,
    ...(only === null ? [] : [`Whether the command in line ${line} runs at all, ${only}.`]),
    ...(handedOver === null
      ? []
      : [
          `${handedOver.text} in line ${handedOver.line} is what the script is handed when it is called: nothing is read for it.`,
        ]),
  ];
}

/** `trl grpo --config recipe.yaml` alone: everything is in the file. */
function fileOnly(source: string): Named | null {
  const [, file] = /\btrl\s+grpo\b[^\n]*--config[= ]\s*(\S+)/.exec(source) ?? [];
  if (file === undefined) return null;
  return {
    is: `This command takes its configuration from ${file}, which is not in this text. Paste that file.`,
  };
}

/**
 * The commands of a shell text with the settings that they are given, whoever's they are, those with
 * most settings first. Values that only running the text tells are problems with their line.
 * @param environment What its reader has told of it; the variables that it asks for are put in.
 */
export function foundCommands(
  source: string,
  environment: Environment = environmentOf(),
): FoundText[] {
  if (!LIKELY.test(source)) return [];
  const script = readShell(source, environment);
  const found = script.commands.flatMap(
    (command) => foundCommand(command, notesOn(command, script)) ?? [],
  );
  const size = ({ maps }: FoundText) => maps.reduce((sum, { written }) => sum + written.length, 0);
  return found.toSorted((a, b) => size(b) - size(a));
}

/** The settings that a command is given; null where there are none. */
export function foundCommand(
  command: Pick<ShellCommand, "words" | "environment">,
  notes: string[] = [],
): FoundText | null {
  const { program, rest, processes } = launched(command);
  const words = argumentsOf(rest);
  const flags = words.flags.map(plainFlag);
  const last = [...new Map(flags.map((each) => [each.name, each])).values()];
  const maps = [
    ...(last.length > 0 ? [{ path: [], written: last }] : []),
    ...mapsOfOverrides(words.overrides),
  ];
  if (maps.length === 0) return null;
  const other = program.endsWith(".sh")
    ? [`what ${program} sets by itself, which is not in this text`]
    : [];
  const open = [...openWords(words), ...other];
  return { format: "command", program, maps, open, processes, notes };
}
