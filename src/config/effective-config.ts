import { armConfig, type GRPOConfig, type RunConfig } from "./types.ts";

/** The run with what its arms really run with now: a value that all arms have is shared. */
export function effectiveConfig(
  run: RunConfig,
  configs: readonly Readonly<GRPOConfig>[],
): RunConfig {
  const set = run.arms.map((arm) => armConfig(run, arm));
  const differing = Object.keys(run.grpo).filter((name) =>
    configs.some((config, i) => value(config, name) !== value(set[i], name)),
  );
  const shared = differing.filter((name) =>
    configs.every((config) => value(config, name) === value(configs[0], name)),
  );
  const arms = run.arms.map((arm, i) => {
    const own = { ...arm.overrides, ...pick(configs[i], differing) };
    return {
      ...arm,
      overrides: pick(
        own,
        Object.keys(own).filter((n) => !shared.includes(n)),
      ),
    };
  });
  return { ...run, grpo: { ...run.grpo, ...pick(configs[0], shared) }, arms };
}

/** What of a configuration is not as in another one. */
export const differingFields = (config: GRPOConfig, from: GRPOConfig): Partial<GRPOConfig> =>
  pick(
    config,
    Object.keys(config).filter((name) => value(config, name) !== value(from, name)),
  );

/** Lists and objects by what they hold. */
const value = (config: Partial<GRPOConfig> | undefined, name: string): string | undefined =>
  JSON.stringify(Object.entries(config ?? {}).find(([key]) => key === name)?.[1]);

const pick = (config: Partial<GRPOConfig> | undefined, names: readonly string[]) =>
  Object.fromEntries(Object.entries(config ?? {}).filter(([name]) => names.includes(name)));
