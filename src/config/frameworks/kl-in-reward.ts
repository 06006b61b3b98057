import type { ForeignRule } from "./types.ts";

/** What is found where KL is taken off the rewards; `why`: after the sentence, where nobody wrote so. */
export const klInReward = (
  id: string,
  { coefficient, why, remedy }: { coefficient: number; why: string | null; remedy: string },
): ReturnType<ForeignRule> => ({
  id,
  severity: "note",
  message: `${coefficient} × KL is taken off the rewards${why === null ? "" : `: ${why}`}.`,
  reason: "GRPO has the KL term in the loss, and the GSPO paper has none.",
  remedy,
  fields: ["beta"],
});
