import { checkConfig } from "../check.ts";
import { findField } from "../schema.ts";
import { armConfig, type ArmConfig, type RunConfig } from "../types.ts";

/** Why TRL 1.13 or transformers 5 would not take an export, and what to do: a sentence each. */
export interface Refusal {
  message: string;
  remedy: string;
}

/** Settings that the constructors of the two libraries raise for; `value`: set or by default. */
type Rule = (value: (name: string) => unknown, set: (name: string) => unknown) => Refusal | null;

/**
 * What keeps an arm's configuration from being one in TRL, beside what keeps it from starting here:
 * fields that a browser cannot act on can contradict each other too.
 */
export function exportRefusals(run: RunConfig, arm: ArmConfig): Refusal[] {
  const own: Readonly<Record<string, unknown>> = { ...armConfig(run, arm) };
  const kept = run.exportOnly ?? {};
  const value = (name: string) => own[name] ?? kept[name] ?? findField(name)?.trlDefault ?? null;
  const here = checkConfig(run).filter(({ arm: of }) => of === null || of === arm.name);
  return [...here, ...rules.flatMap((rule) => rule(value, (name) => kept[name]) ?? [])];
}

/** TRL's default of bf16 gives way to fp16 where only that is set. */
const twoPrecisions =
  (fp16: string, bf16: string): Rule =>
  (_, set) =>
    set(fp16) === true && set(bf16) === true
      ? {
          message: `${fp16} and ${bf16} are both true; transformers takes one of them at most.`,
          remedy: `Set ${fp16} to false.`,
        }
      : null;

const hubWithoutLog: Rule = (value) =>
  value("log_completions_hub_repo") !== null && value("log_completions") !== true
    ? {
        message: `log_completions_hub_repo is ${String(value("log_completions_hub_repo"))} and log_completions is false; TRL has nothing to upload.`,
        remedy: "Set log_completions to true, or log_completions_hub_repo to None.",
      }
    : null;

const prefetchWithoutWorkers: Rule = (value) =>
  value("dataloader_prefetch_factor") !== null && value("dataloader_num_workers") === 0
    ? {
        message: `dataloader_prefetch_factor is ${String(value("dataloader_prefetch_factor"))} and dataloader_num_workers is 0; nothing loads ahead.`,
        remedy: "Set dataloader_num_workers to 1 or more, or dataloader_prefetch_factor to None.",
      }
    : null;

const bestWithoutSaves: Rule = (value) => {
  const [saves, evaluates] = [value("save_strategy"), value("eval_strategy")];
  if (value("load_best_model_at_end") !== true || saves === "best" || saves === evaluates) {
    return null;
  }
  return {
    message: `load_best_model_at_end needs save_strategy (${String(saves)}) and eval_strategy (${String(evaluates)}) to be the same.`,
    remedy: "Set both to steps, or load_best_model_at_end to false.",
  };
};

const importanceLimits: Rule = (value) => {
  const [low, high] = [
    value("vllm_importance_sampling_clip_min"),
    value("vllm_importance_sampling_cap") ?? value("vllm_importance_sampling_clip_max"),
  ];
  if (typeof low !== "number" || typeof high !== "number" || low < high) return null;
  return {
    message: `vllm_importance_sampling_clip_min (${low}) is not below vllm_importance_sampling_clip_max (${high}).`,
    remedy: "Set the minimum below the maximum.",
  };
};

/** What TRL's loss has and Liger's fused one has not. */
const ligerLacks: Rule = (value) => {
  if (value("use_liger_kernel") !== true) return null;
  const lacks = [
    [value("off_policy_mask_threshold") !== null, "off_policy_mask_threshold"],
    [Number(value("top_entropy_quantile")) < 1, "top_entropy_quantile"],
    [value("importance_sampling_level") === "sequence_token", "importance_sampling_level"],
    [Number(value("entropy_coef")) !== 0, "entropy_coef"],
    [value("use_adaptive_entropy") === true, "use_adaptive_entropy"],
  ] as const;
  const found = lacks.find(([set]) => set)?.[1];
  return found === undefined
    ? null
    : {
        message: `use_liger_kernel is true and ${found} is ${String(value(found))}, which Liger's loss does not have.`,
        remedy: "Set use_liger_kernel to false.",
      };
};

const rules: readonly Rule[] = [
  twoPrecisions("fp16", "bf16"),
  twoPrecisions("fp16_full_eval", "bf16_full_eval"),
  hubWithoutLog,
  prefetchWithoutWorkers,
  bestWithoutSaves,
  importanceLimits,
  ligerLacks,
];
