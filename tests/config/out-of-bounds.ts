import { isLargeScale } from "../../src/config/large-scale.ts";
import {
  configSchema,
  fields,
  findField,
  policySchema,
  valueSchema,
} from "../../src/config/schema.ts";
import { armConfig, type RunConfig } from "../../src/config/types.ts";

const ofRun = fields.filter(({ scope }) => scope === "run");

/** What in a run is no field, or has a value beyond its field's bounds; quick enough for fuzzing. */
export function outOfBounds(run: RunConfig): string[] {
  const configs = [run.grpo, ...run.arms.map((arm) => armConfig(run, arm))];
  const own: Readonly<Record<string, unknown>> = { ...run };
  return [
    ...configs.flatMap((config) => issues(configSchema.safeParse(config))),
    ...issues(policySchema.safeParse(run.policy)),
    ...ofRun
      .filter(({ name, type }) => !valueSchema(type).safeParse(own[name]).success)
      .map(({ name }) => name),
    ...Object.entries(run.exportOnly ?? {})
      .filter(([name, value]) => {
        // What stands for a large run's value has no bounds of a toy.
        if (isLargeScale(name)) return false;
        const it = findField(name);
        return it?.scope !== "export" || !valueSchema(it.type).safeParse(value).success;
      })
      .map(([name]) => name),
  ];
}

interface Parsed {
  error?: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } | undefined;
}

const issues = ({ error }: Parsed): string[] =>
  (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
