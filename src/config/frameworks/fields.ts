import { fields } from "../schema.ts";

const ASIDE: ReadonlySet<string> = new Set(["Logging", "Evaluation"]);
const aside = new Set(fields.filter(({ group }) => ASIDE.has(group)).map(({ name }) => name));

/** Whether a field is about what is written down or evaluated: training does not depend on it. */
export const isLogging = (name: string): boolean => aside.has(name);
