import type { Finding } from "./finding.ts";
import { armConfig, type GRPOConfig, type RunConfig } from "./types.ts";

/** What a check finds in each arm; said once, of no arm in particular, where all arms have it. */
export function perArm(
  run: RunConfig,
  check: (config: GRPOConfig) => readonly Omit<Finding, "arm">[],
): Finding[] {
  const found = run.arms.map((arm) => check(armConfig(run, arm)));
  const texts = found.map((each) => new Set(each.map((finding) => JSON.stringify(finding))));
  const everywhere = (finding: Omit<Finding, "arm">) =>
    texts.every((each) => each.has(JSON.stringify(finding)));
  return run.arms.flatMap((arm, i) =>
    (found[i] ?? []).flatMap((finding): Finding[] => {
      if (!everywhere(finding)) return [{ ...finding, arm: arm.name }];
      return i === 0 ? [{ ...finding, arm: null }] : [];
    }),
  );
}
