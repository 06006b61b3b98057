import { task } from "../../tasks/registry.ts";
import { checkConfig } from "../check.ts";
import { evaluationProblems } from "../evaluation.ts";
import { findField } from "../schema.ts";
import { lazyPlan } from "../step-plan.ts";
import { armConfig, type ArmConfig, type RunConfig } from "../types.ts";
import { warmupSteps } from "../warmup.ts";

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
  return [
    ...here,
    ...evaluationAtTheStart(run, arm),
    ...warmupWithoutEnd(run, arm),
    ...rules.flatMap((rule) => rule(value, (name) => kept[name]) ?? []),
  ];
}

/** An evaluation before the first step needs whole groups even where none comes after it. */
function evaluationAtTheStart(run: RunConfig, arm: ArmConfig): Refusal[] {
  const config = armConfig(run, arm);
  if (run.exportOnly?.eval_on_start !== true || config.eval_strategy !== "no") return [];
  const set = { task: task(run.task), size: run.evaluationSize };
  return evaluationProblems({ ...config, eval_strategy: "steps" }, set).filter(
    ({ id }) => id === "evaluation-groups-not-whole",
  );
}

/** After the last step, whose rate is no longer used, transformers asks for the next one all the same. */
function warmupWithoutEnd(run: RunConfig, arm: ArmConfig): Refusal[] {
  const config = armConfig(run, arm);
  if (config.lr_scheduler_type !== "polynomial") return [];
  const { totalSteps } = lazyPlan(config, run.datasetSize);
  if (warmupSteps(config, totalSteps) !== totalSteps) return [];
  return [
    {
      message: `The warmup fills all ${totalSteps} optimizer steps, and transformers' polynomial divides by the 0 that are left.`,
      remedy: "Set the warmup shorter, or lr_scheduler_type to constant_with_warmup.",
    },
  ];
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

const persistentWithoutWorkers: Rule = (value) =>
  value("dataloader_persistent_workers") === true && value("dataloader_num_workers") === 0
    ? {
        message:
          "dataloader_persistent_workers is true and dataloader_num_workers is 0; no worker is there to stay.",
        remedy:
          "Set dataloader_num_workers to 1 or more, or dataloader_persistent_workers to false.",
      }
    : null;

/** transformers fills in the loss for two fields, and for this one not. */
const bestOfNothing: Rule = (value) =>
  value("save_strategy") === "best" &&
  value("metric_for_best_model") === null &&
  value("load_best_model_at_end") !== true &&
  value("lr_scheduler_type") !== "reduce_lr_on_plateau"
    ? {
        message:
          "save_strategy is best and metric_for_best_model is None; nothing says what is best.",
        remedy: "Set metric_for_best_model, e.g. to reward, or save_strategy to steps.",
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

/** TRL makes no reference where nothing is held against it. */
const syncWithoutReference: Rule = (value) =>
  value("sync_ref_model") === true && value("beta") === 0
    ? {
        message: "sync_ref_model is true and beta is 0, so TRL has no reference to sync.",
        remedy: "Set sync_ref_model to false, or beta above 0.",
      }
    : null;

const LOSSES_PER_TOKEN = ["grpo", "bnpo", "dr_grpo", "dapo"];

/** What the loss has here and in TRL's trainer, and not in its experimental one of this level. */
const perTokenLacks: Rule = (value) => {
  if (value("importance_sampling_level") !== "sequence_token") return null;
  const loss = String(value("loss_type"));
  if (!LOSSES_PER_TOKEN.includes(loss)) {
    return {
      message: `importance_sampling_level is sequence_token and loss_type is ${loss}, which TRL's trainer of that level does not have.`,
      remedy: `Set loss_type to one of ${LOSSES_PER_TOKEN.join(", ")}, or importance_sampling_level to sequence.`,
    };
  }
  const lacks = [
    [value("off_policy_mask_threshold") !== null, "off_policy_mask_threshold", "None"],
    [value("use_adaptive_entropy") === true, "use_adaptive_entropy", "false"],
    [Number(value("entropy_coef")) !== 0, "entropy_coef", "0"],
    [
      value("beta") !== 0 && value("use_bias_correction_kl") === true,
      "use_bias_correction_kl",
      "false",
    ],
  ] as const;
  const [, name, off] = lacks.find(([set]) => set) ?? [];
  return name === undefined
    ? null
    : {
        message: `importance_sampling_level is sequence_token and ${name} is ${String(value(name))}, which TRL's trainer of that level leaves out of its loss without a word.`,
        remedy: `Set ${name} to ${off}, or importance_sampling_level to sequence.`,
      };
};

const rules: readonly Rule[] = [
  twoPrecisions("fp16", "bf16"),
  twoPrecisions("fp16_full_eval", "bf16_full_eval"),
  hubWithoutLog,
  prefetchWithoutWorkers,
  persistentWithoutWorkers,
  bestOfNothing,
  bestWithoutSaves,
  importanceLimits,
  ligerLacks,
  syncWithoutReference,
  perTokenLacks,
];
