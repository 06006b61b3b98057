import type { FieldValue } from "../../config/field.ts";
import { getField } from "../../config/run-fields.ts";
import type { RunConfig } from "../../config/types.ts";

/** Values are numbers, texts, lists and small maps: their JSON says whether they are the same. */
export const equalValues = (a: FieldValue, b: FieldValue): boolean =>
  Object.is(a, b) || JSON.stringify(a) === JSON.stringify(b);

/** What the first arm runs with: the value that stands for all where they agree. */
export const firstValue = (run: RunConfig, name: string): FieldValue =>
  getField(run, name, run.arms[0]?.name ?? null);

/** Whether every arm runs with the same value. */
export const sameInAllArms = (run: RunConfig, name: string): boolean =>
  run.arms.every((arm) => equalValues(getField(run, name, arm.name), firstValue(run, name)));
