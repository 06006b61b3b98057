import { processesOf } from "../processes.ts";
import { armConfig, type ArmConfig, type RunConfig } from "../types.ts";
import { exportedFields } from "./exported-fields.ts";

/** What a launch file depends on; all else is the script's. */
export interface LaunchFacts {
  processes: number;
  /** gradient_accumulation_steps: DeepSpeed has it too, and transformers raises where they differ. */
  accumulation: number;
  precision: "no" | "bf16" | "fp16";
}

interface Launcher {
  /** What it is, in a few words. */
  is: string;
  /** What each process holds. */
  says: string;
  /** The file's lines of its own. */
  lines(facts: LaunchFacts): readonly string[];
}

const deepspeed = (stage: 2 | 3, { accumulation }: LaunchFacts): readonly string[] => [
  "distributed_type: DEEPSPEED",
  "deepspeed_config:",
  `  zero_stage: ${stage}`,
  `  gradient_accumulation_steps: ${accumulation}  # as in GRPOConfig`,
  "  offload_optimizer_device: none",
  "  offload_param_device: none",
  `  zero3_init_flag: ${stage === 3}`,
  ...(stage === 3 ? ["  zero3_save_16bit_model: true"] : []),
];

/** The ways in which accelerate starts several processes of a TRL script, by the name of the option. */
export const launchers: Readonly<Record<string, Launcher>> = {
  "accelerate-ddp": {
    is: "accelerate, several GPUs (DDP)",
    says: "Every process holds the whole policy, its gradients and its optimizer.",
    lines: () => ["distributed_type: MULTI_GPU", "gpu_ids: all"],
  },
  "accelerate-zero2": {
    is: "accelerate, DeepSpeed ZeRO-2",
    says: "Gradients and the optimizer are split among the processes, the policy is not.",
    lines: (facts) => deepspeed(2, facts),
  },
  "accelerate-zero3": {
    is: "accelerate, DeepSpeed ZeRO-3",
    says: "The policy, its gradients and the optimizer are split among the processes.",
    lines: (facts) => deepspeed(3, facts),
  },
  "accelerate-fsdp": {
    is: "accelerate, FSDP 2",
    says: "The policy, its gradients and the optimizer are split among the processes, by PyTorch itself.",
    lines: () => [
      "distributed_type: FSDP",
      "fsdp_config:",
      "  fsdp_version: 2",
      "  fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP",
      "  fsdp_reshard_after_forward: true",
      "  fsdp_cpu_ram_efficient_loading: true",
      "  fsdp_offload_params: false",
      "  fsdp_activation_checkpointing: false",
      "  fsdp_state_dict_type: SHARDED_STATE_DICT",
    ],
  },
};

export const isLauncher = (name: string): boolean => Object.hasOwn(launchers, name);

/** The file of a launcher, by its name. */
export const launchFileName = (name: string): string => `${name}.yaml`;

/** The command that starts a script with a launch file. */
export const launchCommand = (name: string, script: string): string =>
  `accelerate launch --config_file ${launchFileName(name)} ${script}`;

/** What accelerate reads: how many processes there are, and how a policy is split among them. */
export function launchFile(name: string, facts: LaunchFacts, script: string): string {
  const launcher = launchers[name];
  if (!launcher) throw new RangeError(`no launcher is named ${name}`);
  const { processes, precision } = facts;
  return `\
# ${launcher.says}
# ${launchCommand(name, script)}
compute_environment: LOCAL_MACHINE
debug: false
${launcher.lines(facts).join("\n")}
downcast_bf16: 'no'
machine_rank: 0
main_training_function: main
mixed_precision: '${precision}'
num_machines: 1
num_processes: ${processes}  # the batch sizes of GRPOConfig are those of each
rdzv_backend: static
same_network: true
use_cpu: false
`;
}

/** What the launch file of an arm's script says. */
export function launchFacts(run: RunConfig, arm: ArmConfig): LaunchFacts {
  const config = armConfig(run, arm);
  const set = new Map(exportedFields(run, arm, "trl").map(({ name, value }) => [name, value]));
  return {
    processes: processesOf(config),
    accumulation: config.gradient_accumulation_steps,
    precision: precisionOf((name) => set.get(name)),
  };
}

/** TRL's own is bf16, which gives way to fp16. */
export function precisionOf(value: (name: "bf16" | "fp16") => unknown): LaunchFacts["precision"] {
  if (value("fp16") === true) return "fp16";
  return value("bf16") === false ? "no" : "bf16";
}
