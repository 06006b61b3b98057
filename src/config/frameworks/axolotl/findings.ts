import { counted } from "../mark.ts";
import { sizesOf } from "../sizes.ts";
import { trlDefaults } from "../../schema.ts";
import type { ForeignRule } from "../types.ts";

const oneUpdate: ForeignRule = ({ given, values }) => {
  const { rollout, update } = sizesOf({ values });
  const passes = Number(values.num_iterations ?? trlDefaults.num_iterations);
  if (rollout !== update || passes !== 1) return null;
  const sequence = given.word("trl.importance_sampling_level") === "sequence";
  return {
    id: "axolotl-on-policy",
    severity: sequence ? "warning" : "note",
    message: `A rollout of ${counted(rollout, "completion")} serves one update of as many, once: every ratio is 1${sequence ? ", so importance_sampling_level sequence has no effect" : ""}.`,
    reason:
      "Axolotl has no steps_per_generation: a rollout is one accumulated batch, unless trl.generation_batch_size says more.",
    remedy: `For four updates per rollout, set trl.generation_batch_size to ${4 * update}; or trl.num_iterations to 4.`,
    fields: ["importance_sampling_level", "generation_batch_size", "num_iterations"],
  };
};

const sequenceBand: ForeignRule = ({ given, values }) => {
  if (given.word("trl.importance_sampling_level") !== "sequence") return null;
  const low = Number(values.epsilon ?? trlDefaults.epsilon);
  if (low < 0.05) return null;
  return {
    id: "axolotl-sequence-band",
    severity: "warning",
    message: `trl.importance_sampling_level sequence with trl.epsilon ${low} hardly ever clips.`,
    reason:
      "One ratio per completion stays within a few thousandths of 1; the paper has 3e-4 and 4e-4.",
    remedy: "Set trl.epsilon to 3.0e-4 and trl.epsilon_high to 4.0e-4.",
    fields: ["epsilon", "epsilon_high"],
  };
};

const sync: ForeignRule = ({ given }) => {
  const left = ["ref_model_mixup_alpha", "ref_model_sync_steps"].filter(
    (name) => !given.stated(`trl.${name}`),
  );
  if (!given.flag("trl.sync_ref_model") || left.length === 0) return null;
  return {
    id: "axolotl-reference-defaults",
    severity: "note",
    message: `The reference follows by ${given.number("trl.ref_model_mixup_alpha")} every ${given.number("trl.ref_model_sync_steps")} steps: Axolotl's defaults for ${left.join(" and ")}.`,
    reason: "TRL's are 0.6 and 512: here the reference is almost the policy, ten times as often.",
    remedy: "Write trl.ref_model_mixup_alpha and trl.ref_model_sync_steps out.",
    fields: left,
  };
};

export const findings: readonly ForeignRule[] = [oneUpdate, sequenceBand, sync];
