import { findField, isSettingOfTRL } from "../schema.ts";
import { isElsewhere } from "./unknown-names.ts";

/** Names that other programs' files have as well: one of them alone makes no configuration. */
const GENERIC: ReadonlySet<string> = new Set(
  `temperature top_p top_k min_p seed debug project optim epsilon beta delta learning_rate
  weight_decay max_steps fsdp deepspeed local_rank bf16 fp16 tf32 use_cache loss_type log_level
  output_dir run_name use_cpu repetition_penalty generation_kwargs torch_compile do_train do_eval
  do_predict deepspeed adafactor ray_scope max_seq_length trust_remote_code report_to
  cache_implementation push_to_hub hub_model_id no_cuda logging_dir`.split(/\s+/),
);

/** Whether a name is a field of GRPOConfig (or was one, or is Unsloth's). */
export function isSetting(name: string): boolean {
  const field = findField(name);
  return field !== undefined && isSettingOfTRL(field);
}

/** Whether one of the names is a field that only a training configuration of TRL has. */
export const isSpecific = (names: readonly string[]): boolean =>
  names.some((name) => isSetting(name) && !GENERIC.has(name));

/**
 * Whether names are those of a training configuration of TRL: one that only such a configuration
 * has, or two that others have too and few that are neither.
 */
export function isConfiguration(names: readonly string[]): boolean {
  const own = names.filter(isSetting);
  if (isSpecific(names)) return true;
  const strange = names.filter((name) => !isSetting(name) && !isElsewhere(name));
  return own.length >= 2 && own.length > strange.length;
}

/** Fields that a configuration of GRPO has and one of another trainer's has not. */
const OF_GRPO: ReadonlySet<string> = new Set(
  `num_generations num_iterations steps_per_generation generation_batch_size epsilon epsilon_high
  importance_sampling_level scale_rewards max_completion_length reward_weights`.split(/\s+/),
);

/** How much a map looks like a configuration of GRPO, to choose between maps. */
export const likeness = (names: readonly string[]): number =>
  names
    .filter(isSetting)
    .reduce((sum, name) => sum + (OF_GRPO.has(name) ? 20 : GENERIC.has(name) ? 1 : 2), 0);
