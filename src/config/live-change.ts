import { formatValue } from "./parse-field.ts";
import { getField, setField } from "./run-fields.ts";
import type { ArmConfig, GRPOConfig, RunConfig } from "./types.ts";

/** The run with the fields set for one arm, or for every arm when `arm` is null. */
export const withFields = (
  run: RunConfig,
  arm: string | null,
  fields: Partial<GRPOConfig>,
): RunConfig =>
  Object.entries(fields).reduce((set, [name, value]) => setField(set, name, value, arm), run);

/** The run with an arm more, which has what its parent `of` has and its own overrides on top. */
export function withFork(run: RunConfig, of: string, arm: ArmConfig): RunConfig {
  const parent = run.arms.find(({ name }) => name === of);
  if (parent === undefined) return run;
  const fork = { ...arm, overrides: { ...parent.overrides, ...arm.overrides } };
  return { ...run, arms: [...run.arms, fork] };
}

/** What a change of a run says on the charts, e.g. "epsilon 0.2 → 0.03". */
export function describeChange(
  run: RunConfig,
  arm: string | null,
  fields: Partial<GRPOConfig>,
): string {
  const subject = run.arms.find(({ name }) => name === arm) ?? run.arms[0];
  const changes = Object.entries(fields).map(([name, value]) => ({
    name,
    before: formatValue(getField(run, name, subject?.name)),
    after: formatValue(value),
  }));
  const real = changes.filter(({ before, after }) => before !== after);
  return (real.length > 0 ? real : changes)
    .map(({ name, before, after }) => `${name} ${before} → ${after}`)
    .join(", ");
}
