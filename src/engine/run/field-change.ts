import { UserError } from "../../base/user-error.ts";
import { field } from "../../config/schema.ts";
import type { GRPOConfig } from "../../config/types.ts";

/** A change of fields while a run lasts, by when they hold. */
export interface FieldChange {
  /** From the next step on. */
  live: Partial<GRPOConfig>;
  /** From the next rollout on. */
  atRollout: Partial<GRPOConfig>;
}

/** Throws a UserError for a field that needs a new run. */
export function fieldChange(fields: Partial<GRPOConfig>): FieldChange {
  const entries = Object.entries(fields);
  const fixed = entries.find(([key]) => field(key).effect === "restart");
  if (fixed) {
    throw new UserError(
      `${fixed[0]} is fixed while a run lasts.`,
      "Reset with the new value to train with it.",
      [fixed[0]],
    );
  }
  const effect = (wanted: string): Partial<GRPOConfig> =>
    Object.fromEntries(entries.filter(([key]) => field(key).effect === wanted));
  return { live: effect("live"), atRollout: effect("next-generation") };
}
