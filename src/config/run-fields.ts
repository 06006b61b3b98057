import type { Field, FieldValue } from "./field.ts";
import type { Patch } from "./finding.ts";
import { field } from "./schema.ts";
import { armConfig, type ArmConfig, type RunConfig } from "./types.ts";

/** The value of a field in a run, as the named arm has it, or as all arms share it. */
export function getField(run: RunConfig, name: string, arm: string | null = null): FieldValue {
  const it = field(name);
  const holder = holderOf(run, it.scope, arm);
  return Object.hasOwn(holder, name) ? (holder[name] ?? null) : it.trlDefault;
}

/**
 * The run with one field changed, for one arm or for all; what arms had of their own is then given
 * up. The value is taken as valid: see `parseField`.
 */
export function setField(
  run: RunConfig,
  name: string,
  value: FieldValue,
  arm: string | null = null,
): RunConfig {
  const { scope } = field(name);
  if (arm !== null) {
    if (scope !== "grpo") throw new RangeError(`${name} cannot differ between arms`);
    return withArms(run, (each) =>
      each.name === arm ? { ...each, overrides: { ...each.overrides, [name]: value } } : each,
    );
  }
  switch (scope) {
    case "grpo":
      return {
        ...withArms(run, (each) => ({ ...each, overrides: without(each.overrides, name) })),
        grpo: holding(run.grpo, name, value),
      };
    case "policy":
      return { ...run, policy: holding(run.policy, name, value) };
    case "run":
      return { ...run, [name]: value };
    case "export":
      return { ...run, exportOnly: { ...run.exportOnly, [name]: value } };
  }
}

/** What is optional is left out at its default: see Field. */
function holding<T extends object>(from: T, name: string, value: FieldValue): T {
  const { optional, trlDefault } = field(name);
  const usual = optional === true && JSON.stringify(value) === JSON.stringify(trlDefault);
  return usual ? (without(from, name) as T) : { ...from, [name]: value };
}

/** The run with a patch applied, e.g. a finding's remedy; what arms cannot differ in goes to all. */
export const applyPatch = (run: RunConfig, patch: Patch, arm: string | null = null): RunConfig =>
  Object.entries(patch).reduce(
    (changed, [name, value]) =>
      setField(changed, name, value, variesByArm(field(name)) ? arm : null),
    run,
  );

/** Arms go in lockstep: what needs a restart is the same in all of them. */
export const variesByArm = ({ scope, effect }: Field): boolean =>
  scope === "grpo" && effect !== "restart";

/** The run with one arm's own value of a field given up: it follows the shared one again. */
export const shareField = (run: RunConfig, name: string, arm: string): RunConfig =>
  withArms(run, (each) =>
    each.name === arm ? { ...each, overrides: without(each.overrides, name) } : each,
  );

const withArms = (run: RunConfig, change: (arm: ArmConfig) => ArmConfig): RunConfig => ({
  ...run,
  arms: run.arms.map(change),
});

const without = <T extends object>(from: T, name: string): Partial<T> =>
  Object.fromEntries(Object.entries(from).filter(([key]) => key !== name)) as Partial<T>;

function holderOf(
  run: RunConfig,
  scope: "grpo" | "policy" | "run" | "export",
  arm: string | null,
): Readonly<Record<string, FieldValue>> {
  const { task, difficulty, datasetSize, evaluationSize, warmStart } = run;
  switch (scope) {
    case "grpo": {
      const found = run.arms.find((each) => each.name === arm);
      return { ...(found ? armConfig(run, found) : run.grpo) };
    }
    case "policy":
      return { ...run.policy } as Readonly<Record<string, FieldValue>>;
    case "run":
      return { task, difficulty, datasetSize, evaluationSize, warmStart };
    case "export":
      return { ...run.exportOnly } as Record<string, FieldValue>;
  }
}
