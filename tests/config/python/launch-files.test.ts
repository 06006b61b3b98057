import { expect, test } from "vitest";
import { parse } from "yaml";
import {
  launchCommand,
  launchers,
  launchFacts,
  launchFile,
} from "../../../src/config/python/launch-files.ts";
import { readPaste } from "../../../src/config/python/paste.ts";
import { runFrom } from "../../../src/config/run-from.ts";

/** Keys of accelerate 1.15's ClusterConfig, as its loader takes them; it raises for any other. */
const CLUSTER = `command_file commands compute_environment debug deepspeed_config distributed_type
  downcast_bf16 dynamo_config
  enable_cpu_affinity fp8_config fsdp_config gpu_ids machine_rank
  main_process_ip main_process_port main_training_function megatron_lm_config mixed_precision
  mpirun_config num_machines num_processes parallelism_config rdzv_backend same_network tpu_env tpu_name
  tpu_use_cluster tpu_use_sudo tpu_vm tpu_zone use_cpu`.split(/\s+/);
/** Options of its launch command that stand within deepspeed_config and fsdp_config. */
const NESTED = `zero_stage gradient_accumulation_steps offload_optimizer_device offload_param_device
  zero3_init_flag zero3_save_16bit_model fsdp_version fsdp_auto_wrap_policy
  fsdp_reshard_after_forward fsdp_cpu_ram_efficient_loading fsdp_offload_params
  fsdp_activation_checkpointing fsdp_state_dict_type`.split(/\s+/);

const names = Object.keys(launchers);
const run = runFrom("sort", {
  set: { num_processes: "2", gradient_accumulation_steps: "2", per_device_train_batch_size: "8" },
});
const [arm] = run.arms;
const facts = launchFacts(run, arm!);

test("what a launch file says is the run's: processes, accumulation, and the script's precision", () => {
  expect(facts).toEqual({ processes: 2, accumulation: 2, precision: "no" });
  const half = { ...run, exportOnly: { bf16: true } };
  expect(launchFacts(half, arm!).precision).toBe("bf16");
  const both = { ...run, exportOnly: { bf16: false, fp16: true } };
  expect(launchFacts(both, arm!).precision).toBe("fp16");
});

test.each(names)("%s has keys of accelerate alone, and is read back", (name) => {
  const text = launchFile(name, facts, "train.py");
  const file = parse(text) as Record<string, Record<string, unknown>>;
  expect(Object.keys(file).filter((key) => !CLUSTER.includes(key))).toEqual([]);
  const nested = [file.deepspeed_config, file.fsdp_config].flatMap((each) =>
    Object.keys(each ?? {}),
  );
  expect(nested.filter((key) => !NESTED.includes(key))).toEqual([]);
  // YAML takes a bare no for false.
  expect(file).toMatchObject({ num_processes: 2, mixed_precision: "no", downcast_bf16: "no" });
  expect(text).toContain(`# ${launchCommand(name, "train.py")}\n`);
  const paste = readPaste(`${text}---\nnum_generations: 4\nbeta: 0.1\n`, { base: runFrom() });
  expect(paste).toMatchObject({ run: { grpo: { num_processes: 2, num_generations: 4 } } });
  const alone = readPaste(text, { base: runFrom() });
  expect("problem" in alone && alone.problem).toContain("This is a configuration of accelerate");
});

test("each splits what its name says", () => {
  const file = (name: string) => parse(launchFile(name, facts, "train.py")) as object;
  expect(file("accelerate-ddp")).toMatchObject({ distributed_type: "MULTI_GPU" });
  expect(file("accelerate-zero2")).toMatchObject({
    distributed_type: "DEEPSPEED",
    // transformers raises where it is not that of its own arguments.
    deepspeed_config: { zero_stage: 2, gradient_accumulation_steps: 2, zero3_init_flag: false },
  });
  expect(file("accelerate-zero3")).toMatchObject({
    deepspeed_config: { zero_stage: 3, zero3_init_flag: true, zero3_save_16bit_model: true },
  });
  expect(file("accelerate-fsdp")).toMatchObject({
    distributed_type: "FSDP",
    fsdp_config: { fsdp_version: 2, fsdp_auto_wrap_policy: "TRANSFORMER_BASED_WRAP" },
  });
});
