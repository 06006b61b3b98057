import { shown } from "../../base/shown.ts";

// Settings of a config.json by name. What is there and of another kind is a RangeError.

export type Json = Readonly<Record<string, unknown>>;

/** A value as a sentence has it. */
export const says = (value: unknown): string => (value === undefined ? "nothing" : shown(value));

/** What a setting has, and what is taken instead. */
export const refuse = (name: string, value: unknown, instead: string): RangeError =>
  new RangeError(`config.json has ${name} ${says(value)}; ${instead}`);

/** The number of that name; null where there is none. */
export function optional(config: Json, name: string): number | null {
  const value = config[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== "number") throw refuse(name, value, "it takes a number");
  return value;
}

/** Null is a value of its own: that there is none. */
export const orDefault = (config: Json, name: string, instead: number | null): number | null =>
  config[name] === undefined ? instead : optional(config, name);

/** The same of true and false. */
export function flag(config: Json, name: string): boolean | null {
  const value = config[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== "boolean") throw refuse(name, value, "it takes true or false");
  return value;
}

/** A number that has to be there. */
export function count(config: Json, name: string): number {
  const value = optional(config, name);
  if (value === null) throw new RangeError(`config.json has no ${name}`);
  return value;
}
