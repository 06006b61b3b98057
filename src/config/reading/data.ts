import { isSeq } from "yaml";
import {
  MAX_SETTINGS,
  plainReading,
  type Named,
  type Processes,
  type Reading,
} from "../python/written.ts";
import { environmentOf, type Environment } from "../shell/environment.ts";
import { embeddedIn, type Embedded } from "./argument-lists.ts";
import { foundCommand, foundCommands, readCommand } from "./command.ts";
import { readFlags } from "./flags.ts";
import type { FoundText } from "./found-text.ts";
import { frameworkOf } from "./frameworks.ts";
import { kindOf } from "./kinds.ts";
import { launched } from "./launch.ts";
import { configurationOf, type FoundMap } from "./maps.ts";
import { isSpecific } from "./recognise.ts";
import { MAX_CHARACTERS, parseData, type ParsedData } from "./yaml-text.ts";

/** The settings of a YAML or JSON map, what the text is instead, or null where it is neither. */
export function readData(
  text: string,
  environment: Environment = environmentOf(),
): Reading | Named | null {
  const parsed = parseData(text, environment);
  if (parsed === "other") return null;
  if (parsed === "long") {
    return {
      is: `This is JSON of ${text.length.toLocaleString("en")} characters; up to ${MAX_CHARACTERS.toLocaleString("en")} are read as a configuration. Paste only the part that holds it.`,
      unsure: true,
    };
  }
  const { maps, json } = parsed;
  const outer = maps.filter(({ path }) => path.length === 0);
  const found = configurationOf(maps);
  const framework = frameworkOf(maps);
  if (framework) return framework;
  const sure = found !== null && isSpecific(found.written.map(({ name }) => name));
  const kind = sure ? null : kindOf(outer.flatMap(({ written }) => written));
  if (found && !kind) {
    return { ...reading(found, json), processes: processesOf(maps), open: openOf(parsed) };
  }
  return readEmbedded(parsed) ?? kind ?? (json ? anyJson(parsed) : null);
}

const openOf = ({ builtOn }: ParsedData): string[] =>
  builtOn.map((file) => `what ${file} sets, which is not in this text`);

/** Arguments of a command in a list, or in a script, that is one of the values. */
function readEmbedded(parsed: ParsedData): Reading | null {
  for (const place of parsed.places) {
    const { commands, scripts } = embeddedIn(place);
    const readings = commands.flatMap(({ words, name, line }) => {
      const { rest, processes } = launched({ words, environment: new Map() });
      const read = readFlags(rest);
      const note = `Read from the arguments in ${name}, line ${line}.`;
      return read ? [{ ...read, processes, notes: [...read.notes, note] }] : [];
    });
    for (const { text, name, line } of scripts) {
      const read = readCommand("\n".repeat(line - 1) + text, () => null, place.environment);
      if (!read || !("written" in read)) continue;
      const note = `Read from the script in ${name}, line ${line}.`;
      readings.push({ ...read, processes: read.processes, notes: [...read.notes, note] });
    }
    const [first, ...others] = readings.toSorted((a, b) => b.written.length - a.written.length);
    if (!first) continue;
    const several =
      others.length === 0
        ? []
        : [`There are ${readings.length} commands with settings; the one with most is read.`];
    return { ...first, notes: [...first.notes, ...several] };
  }
  return null;
}

function reading({ path, written }: FoundMap, json: boolean): Reading {
  const plain = plainReading(json ? "json" : "yaml", written.slice(0, MAX_SETTINGS));
  const line = written[0]?.line ?? 1;
  if (path.length === 0) return plain;
  return {
    ...plain,
    notes: [
      `The configuration is what stands under ${path.join(".")}, from line ${line} on; the rest of the text was not read.`,
    ],
  };
}

/** accelerate's own file beside a configuration says how many processes there are. */
function processesOf(maps: readonly FoundMap[]): Processes | null {
  for (const { written } of maps) {
    const found = written.find(({ name }) => name === "num_processes");
    const value = found && "value" in found.literal ? found.literal.value : null;
    if (found && typeof value === "number" && Number.isInteger(value) && value > 0) {
      return { count: value, line: found.line };
    }
  }
  return null;
}

function anyJson({ maps, places, source }: ParsedData): Named {
  if (places.some(({ document }) => isSeq(document.contents))) {
    return /"(loss|grad_norm|reward)"\s*:/.test(source)
      ? {
          is: "This is a log of training, not its configuration. Paste the GRPOConfig(…) of the script that made it.",
        }
      : { is: "This is a JSON list, but no part of it has fields of GRPOConfig.", unsure: true };
  }
  const names = maps[0]?.written.slice(0, 4).map(({ name }) => name) ?? [];
  const which = names.length === 0 ? "" : ` (${names.join(", ")} …)`;
  return { is: `This is JSON${which}, but no part of it has fields of GRPOConfig.`, unsure: true };
}

/**
 * The settings of YAML or JSON, whoever's they are: those of its maps, and those of the commands and
 * scripts among its values. Empty where the text is neither.
 */
export function foundData(text: string, environment: Environment = environmentOf()): FoundText[] {
  const parsed = parseData(text, environment);
  if (typeof parsed === "string") return [];
  const embedded = parsed.places.flatMap((place) => foundEmbedded(embeddedIn(place), environment));
  if (parsed.maps.length === 0) return embedded;
  const own: FoundText = {
    format: parsed.json ? "json" : "yaml",
    program: null,
    maps: parsed.maps,
    open: openOf(parsed),
    processes: processesOf(parsed.maps),
    notes: [],
  };
  return [own, ...embedded];
}

const foundEmbedded = ({ commands, scripts }: Embedded, environment: Environment): FoundText[] => [
  ...commands.flatMap(({ words }) => foundCommand({ words, environment: new Map() }) ?? []),
  ...scripts.flatMap(({ text, line }) => foundCommands("\n".repeat(line - 1) + text, environment)),
];
