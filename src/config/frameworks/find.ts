import { lineCounter, type Processes, type Written } from "../python/written.ts";
import type { Environment } from "../shell/environment.ts";
import { findTexts } from "../reading/find-texts.ts";
import type { FoundText } from "../reading/found-text.ts";
import { frameworkByKeys, frameworkByWords } from "../reading/frameworks.ts";
import { readJsonLog, readLogLines } from "../reading/kinds.ts";
import type { FoundMap } from "../reading/maps.ts";
import { withoutComments } from "../reading/without-comments.ts";

/** Longest text that is looked into. */
const MAX_CHARACTERS = 60_000;

/** The settings of a text that is another trainer's. */
export interface ForeignText {
  id: string;
  /** "Hydra overrides", "flags", "YAML", "JSON", "TOML", "Python". */
  form: string;
  maps: readonly FoundMap[];
  /** Why settings that are not here may be set all the same. */
  open: readonly string[];
  processes: Processes | null;
  notes: readonly string[];
}

/**
 * Whose configuration a text is, and its settings; null where it is no other trainer's.
 * @param cells Lines, from 0, that the cells of a notebook begin in.
 * @param environment What its reader has told of it; the variables that it asks for are put in.
 */
export function foreignText(
  source: string,
  { from, cells }: { from: string | null; cells?: readonly number[] | undefined },
  environment: Environment,
): ForeignText | null {
  if (source.length > MAX_CHARACTERS || readJsonLog(source) || readLogLines(source)) return null;
  const code = withoutComments(source);
  if (from === "async-grpo" || (from === null && isAsync(code))) return argumentsIn(source);
  const texts = findTexts(source, cells, environment);
  for (const text of texts) {
    const id = from ?? frameworkByKeys(text.maps)?.id ?? byProgram(text);
    if (id !== undefined) return foreign(text, id);
  }
  const id = frameworkByWords(code)?.id;
  const [largest] = texts;
  return largest && id !== undefined ? foreign(largest, id) : null;
}

const byProgram = ({ program }: FoundText): string | undefined =>
  program === null ? undefined : frameworkByWords(program)?.id;

/** Trainers whose commands take overrides: flags are the launcher's there. */
const HYDRA: ReadonlySet<string> = new Set(["verl", "skyrl", "nemo-rl"]);

function foreign(text: FoundText, id: string): ForeignText {
  const { format, open, processes, notes } = text;
  const command = format === "command";
  const maps =
    command && HYDRA.has(id)
      ? text.maps.map(({ path, written }) => ({ path, written: written.filter(isOverride) }))
      : text.maps;
  const form = command ? (HYDRA.has(id) ? "Hydra overrides" : "flags") : format.toUpperCase();
  return { id, form, maps, open: open.filter((each) => opens(each, id)), processes, notes };
}

/** Files of a framework's own that others build on: their values are the defaults here. */
const BASES: Readonly<Record<string, RegExp>> = {
  verl: /\b(ppo_trainer|ppo_megatron_trainer)\b/,
  "nemo-rl": /\bgrpo_math_1B(_megatron)?(\.yaml)?\b/,
};

/** Whether words that are not known can be settings: a path is none, nor slime's table of the model. */
const opens = (word: string, id: string): boolean =>
  BASES[id]?.test(word) !== true &&
  !/^\$\{?\w+\}?\//.test(word) &&
  !(id === "slime" && /^\$\{?MODEL_ARGS\b/.test(word));

const isOverride = ({ text }: Written): boolean => !text.startsWith("--");

/** TRL's asynchronous trainer, and not the other one beside it. */
const isAsync = (code: string): boolean =>
  /\bAsyncGRPOConfig\s*\(/.test(code) && !/\bGRPOConfig\s*\(/.test(code);

/** The plain arguments of the call: all of them are explained, none is loaded. */
function argumentsIn(source: string): ForeignText | null {
  const call = /\bAsyncGRPOConfig\s*\(([\s\S]*?)\)/.exec(source);
  if (!call) return null;
  const lineOf = lineCounter(source);
  const written = [...(call[1] ?? "").matchAll(/(\w+)\s*=\s*([^,\n]+)/g)].map((each): Written => {
    const [text, name = "", value = ""] = each;
    const line = lineOf(call.index + call[0].indexOf(text));
    return { name, line, text, literal: { value: value.trim() } };
  });
  const maps = [{ path: [], written }];
  return { id: "async-grpo", form: "Python", maps, open: [], processes: null, notes: [] };
}
