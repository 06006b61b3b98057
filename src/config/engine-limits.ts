import { task } from "../engine/tasks/registry.ts";
import type { Finding } from "./finding.ts";
import { tensorShapes } from "./parameter-count.ts";
import type { GRPOConfig, RunConfig } from "./types.ts";

// bitsandbytes keeps 32-bit states for smaller tensors: there, 8-bit AdamW is AdamW.
const MIN_8BIT_SIZE = 4096;

/** What TRL can do and this engine cannot yet: refused rather than ignored. */
export function engineLimits(run: RunConfig, config: GRPOConfig, arm: string | null): Finding[] {
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
      arm,
    });

  if (config.sync_ref_model) {
    refuse("sync_ref_model", "The reference policy cannot follow here yet.", false);
  }
  if (config.lr_scheduler_type === "reduce_lr_on_plateau") {
    refuse(
      "lr_scheduler_type",
      "reduce_lr_on_plateau waits for evaluations, and there are none here.",
      "constant",
    );
  }
  const largest = Math.max(
    ...tensorShapes(run.policy, task(run.task).vocabulary.length).map(([m, n]) => m * n),
  );
  if (config.optim === "adamw_8bit" && largest >= MIN_8BIT_SIZE) {
    refuse(
      "optim",
      `adamw_8bit keeps 8-bit states for tensors of ${MIN_8BIT_SIZE.toLocaleString("en")} numbers and more, which the engine cannot do yet; the largest here has ${largest.toLocaleString("en")}.`,
      "adamw_torch",
    );
  }
  return found;
}
