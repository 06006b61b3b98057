import { task } from "../../tasks/registry.ts";
import { withBeyondOf } from "../python/beyond-notes.ts";
import { currentNames } from "../python/current-names.ts";
import { settle, settings, type Settled } from "../python/settle.ts";
import { excerpt, type Format, type Reading, type Written } from "../python/written.ts";
import { formatValue } from "../parse-field.ts";
import { getField, setField } from "../run-fields.ts";
import { findField, trlDefaults, unslothDefaults } from "../schema.ts";
import type { ArmConfig, GRPOConfig, RunConfig } from "../types.ts";
import { rewriteAsUnsloth, withOverwritten } from "./unsloth.ts";

/** What a reading is resolved with. */
export interface ResolveOptions {
  defaults: "trl" | "unsloth";
  /** Task, policy and data come from it. */
  base: RunConfig;
  /** The run that this page's own export noted; null for other texts. */
  noted: RunConfig | null;
  /** Weights of the reader's own reward functions that the export noted; null: none. */
  ownWeights: readonly number[] | null;
  longest: number;
  processes: number;
}

/** The settings of a text, the run that comes of them, and what of it is a stand-in. */
export interface Resolved {
  settled: Settled[];
  notes: string[];
  run: RunConfig;
  /** Fields whose values in `run` the text decides otherwise, or may. */
  unread: ReadonlySet<string>;
}

/** Formats whose values may be written as texts: TRL's parsers turn them into numbers. */
const TEXTUAL: ReadonlySet<Format> = new Set(["command", "yaml", "json", "toml", "table"]);

/** Puts a text's settings on the defaults, one by one, and says of each what became of it. */
export function resolve(reading: Reading, options: ResolveOptions): Resolved {
  const { defaults: whose, noted, longest, processes } = options;
  const { written } = reading;
  const notes = [...reading.notes];
  const defaults: GRPOConfig = { ...trlDefaults, ...(whose === "unsloth" ? unslothDefaults : {}) };
  let run: RunConfig = {
    ...options.base,
    grpo: {
      ...defaults,
      max_completion_length: Math.min(defaults.max_completion_length, longest),
      // The text's to say, beside its settings.
      ...(processes === 1 ? {} : { num_processes: processes }),
    },
    arms: [{ name: "token", overrides: {} }],
    exportOnly: {},
  };
  const weights = written.find(({ name }) => name === "reward_weights")?.literal;
  const ownAreWritten =
    weights !== undefined &&
    "value" in weights &&
    JSON.stringify(weights.value) === JSON.stringify(options.ownWeights);
  const rewards =
    noted === null || ownAreWritten ? null : task(noted.task).rewards.map(({ name }) => name);
  const inForce = (name: string) => getField(run, name);
  const circumstances = { inForce, longest, rewards, textual: TEXTUAL.has(reading.format) };

  const settled: Settled[] = [];
  const large: Record<string, unknown> = {};
  for (const setting of once(written, reading.format, notes)) {
    const outcome = settle(setting, circumstances);
    settled.push(outcome);
    if (outcome.large !== undefined) large[outcome.name] = outcome.large;
    if (taken(outcome) && outcome.used !== undefined) {
      run = setField(run, outcome.name, outcome.used);
    }
  }
  if (options.ownWeights !== null) large.reward_weights = options.ownWeights;
  const openNotes = reading.open.map(sayOpen);
  const byLeftOut = limitedByDefault(settled, reading, defaults, longest);
  for (const { name, large: value } of byLeftOut) large[name] = value;
  run = withNoted(withRewards(withWarmup(run, settled)), noted);
  const unread = unreadFields(settled, reading);
  if (whose === "trl") {
    return {
      settled: [...settled, ...byLeftOut],
      notes: [...notes, ...openNotes],
      run: finished(run, large),
      unread,
    };
  }
  const literal = written.find(({ name }) => name === "scale_rewards")?.literal;
  const scaleRewards = literal && "value" in literal ? literal.value : undefined;
  const rewritten = rewriteAsUnsloth(run, { unread, scaleRewards });
  for (const name of rewritten.unread) unread.add(name);
  for (const name of rewritten.overwritten) unread.delete(name);
  return {
    settled: [...withOverwritten(settled, rewritten), ...byLeftOut],
    notes: [...notes, ...rewritten.notes, ...openNotes],
    run: finished(rewritten.run, large),
    unread,
  };
}

/** Each name once: the first counts in a call, which Python would refuse, and the last elsewhere. */
function once(written: readonly Written[], format: Format, notes: string[]): Written[] {
  const found = new Map<string, Written>();
  const first = format === "python" || format === "arguments";
  for (const each of written) {
    if (found.has(each.name)) {
      notes.push(
        `Line ${each.line}: ${excerpt(each.name)} is there twice; the ${first ? "first" : "last"} counts.`,
      );
    }
    if (!first || !found.has(each.name)) found.set(each.name, each);
  }
  return [...found.values()];
}

const taken = ({ outcome }: Settled): boolean => outcome !== "refused" && outcome !== "unread";

const sayOpen = (what: string): string =>
  `Not known without running the text: ${what}. It may set any field that is not written here, so nothing is said that rests on one; Load takes their defaults.`;

/**
 * Fields that the text decides and of which the run has a stand-in. What a misspelt or a foreign name
 * means is among them: nobody knows what its writer believes to be in force.
 */
function unreadFields(settled: readonly Settled[], { open }: Reading): Set<string> {
  const unread = new Set(settled.filter((each) => !taken(each)).map(({ name }) => name));
  for (const { outcome, patch } of settled) {
    for (const name of outcome === "unknown" ? Object.keys(patch ?? {}) : []) {
      if (!settled.some((each) => each.name === name)) unread.add(name);
    }
  }
  if (open.length > 0) {
    const written = new Set(settled.map(({ name }) => name));
    for (const { name } of settings) if (!written.has(name)) unread.add(name);
  }
  return unread;
}

/** A default that no toy can run with is said, though nobody wrote it. */
function limitedByDefault(
  settled: readonly Settled[],
  { open }: Reading,
  { max_completion_length: given }: GRPOConfig,
  longest: number,
): Settled[] {
  const named = settled.some(({ name }) => name === "max_completion_length");
  if (named || open.length > 0 || given <= longest) return [];
  return [
    {
      name: "max_completion_length",
      line: null,
      text: String(given),
      outcome: "limited",
      used: longest,
      large: given,
      note: `Left out, so ${given}; here limited to ${longest}, and the export has ${given}.`,
      patch: null,
    },
  ];
}

function finished(run: RunConfig, large: Readonly<Record<string, unknown>>): RunConfig {
  const arm: ArmConfig = { name: run.grpo.importance_sampling_level, overrides: {} };
  return { ...run, arms: [arm], exportOnly: { ...run.exportOnly, ...large } };
}

/** A given share of warmup counts as if it were given under its name in transformers 5. */
function withWarmup(run: RunConfig, settled: readonly Settled[]): RunConfig {
  const applied = (name: string) =>
    settled.find((each) => each.name === name && each.outcome === "applied");
  const ratio = applied("warmup_ratio");
  if (!ratio) return run;
  if (applied("warmup_steps") && run.grpo.warmup_steps > 0) {
    ratio.note = "Not used: warmup_steps is given too and counts.";
    return setField(run, "warmup_ratio", 0);
  }
  const grpo = currentNames({ ...run.grpo, warmup_steps: 0 });
  if (grpo.warmup_steps > 0) {
    ratio.note = `Read as warmup_steps ${formatValue(grpo.warmup_steps)}, its name in transformers 5.`;
  }
  return { ...run, grpo };
}

/** The task's own weights, written out, are its own weights. */
function withRewards(run: RunConfig): RunConfig {
  const own = JSON.stringify(task(run.task).rewardWeights);
  return JSON.stringify(run.grpo.reward_weights) === own
    ? setField(run, "reward_weights", null)
    : run;
}

/**
 * What a script and its note say together: TRL's call has some fields no more, and a script writes
 * bf16=False where the run says nothing of it.
 */
function withNoted(run: RunConfig, noted: RunConfig | null): RunConfig {
  if (noted === null) return run;
  const { bf16, ...others } = { ...run.exportOnly };
  const added = bf16 === false && noted.exportOnly?.bf16 === undefined;
  const exportOnly = added || bf16 === undefined ? others : { bf16, ...others };
  const left = Object.entries(noted.exportOnly ?? {}).filter(
    ([name]) => findField(name)?.removed !== undefined,
  );
  const whole = { ...run, exportOnly: { ...Object.fromEntries(left), ...exportOnly } };
  return withBeyondOf(whole, noted);
}
