import type { FieldValue } from "../config/field.ts";
import { nearest } from "../config/nearest.ts";
import { formatValue } from "../config/parse-field.ts";
import { runFrom } from "../config/run-from.ts";
import type { RunConfig } from "../config/types.ts";
import { shown } from "../base/shown.ts";
import { UserError, sentenceOf } from "../base/user-error.ts";

// What a script hands in is anything at all: it was typed into a console.

/** The steps that `step` was asked for. */
export function stepsOf(value: unknown): number {
  if (Number.isSafeInteger(value) && Number(value) >= 1) return Number(value);
  throw new Error(
    `step(${shown(value)}): steps must be a whole number of at least 1. To train to the end use play().`,
  );
}

/** The arm that `record` was asked for; null: the first. */
export function armNameOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  throw new Error(`record(${shown(value)}): an arm's name must be text, e.g. record("token").`);
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const KEYS = ["preset", "seed", "config"];

/** The run that `load` was asked for. Throws one sentence, the remedy included. */
export function requestedRun(request: unknown): RunConfig {
  if (!isRecord(request)) {
    throw new Error(
      `load(${shown(request)}): it takes an object with preset, seed and config, each of which may be left out, e.g. load({ preset: "sort", seed: 1 }).`,
    );
  }
  const stranger = Object.keys(request).find((key) => !KEYS.includes(key));
  if (stranger !== undefined) {
    const guess = nearest(stranger, KEYS);
    throw new Error(
      `load: there is no "${stranger}" to set${guess === undefined ? "" : `; the nearest is ${guess}`}. It takes preset, seed and config; fields go into config.`,
    );
  }
  const { preset, seed, config = {} } = request;
  if (preset !== undefined && typeof preset !== "string") {
    throw new Error(`load: preset is ${shown(preset)}; it must be a preset's name, e.g. "sort".`);
  }
  if (seed !== undefined && !Number.isSafeInteger(seed)) {
    throw new Error(`load: seed is ${shown(seed)}; it must be a whole number.`);
  }
  if (!isRecord(config)) {
    throw new Error(
      `load: config is ${shown(config)}; it must be an object of values by field name, e.g. { learning_rate: 1e-3 }.`,
    );
  }
  const set = Object.entries(config).map(([name, value]) => [name, textOf(name, value)] as const);
  try {
    return runFrom(preset, { seed: seed as number | undefined, set: Object.fromEntries(set) });
  } catch (error) {
    if (error instanceof UserError) throw new Error(`load: ${sentenceOf(error)}`);
    throw error;
  }
}

/** A field's value as it would be typed; what it may be, the field says. */
function textOf(name: string, value: unknown): string {
  if (isFieldValue(value)) return formatValue(value);
  throw new Error(
    `load: ${name} is ${shown(value)}; a field takes a number, true or false, text, null or a list of them.`,
  );
}

const isFieldValue = (value: unknown): value is FieldValue =>
  value === null || ["number", "boolean", "string", "object"].includes(typeof value);
