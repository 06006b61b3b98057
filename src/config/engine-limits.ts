import type { Finding } from "./finding.ts";
import type { GRPOConfig } from "./types.ts";

/** What TRL can do and this engine cannot yet: refused rather than ignored. */
export function engineLimits(config: GRPOConfig): Finding[] {
  const found: Finding[] = [];
  const refuse = (name: keyof GRPOConfig, message: string, value: string | boolean) =>
    found.push({
      id: `no-${name}`,
      severity: "error",
      message,
      reason: "",
      remedy: `Set ${name} to ${value}.`,
      patch: { [name]: value },
      fields: [name],
      arm: null,
    });

  if (config.lr_scheduler_type === "reduce_lr_on_plateau") {
    refuse(
      "lr_scheduler_type",
      "reduce_lr_on_plateau waits for evaluations, and there are none here.",
      "constant",
    );
  }
  return found;
}
