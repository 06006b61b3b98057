import { describe, expect, test } from "vitest";
import { findings } from "../../../src/config/findings/findings.ts";
import { readPaste } from "../../../src/config/python/paste.ts";
import { processesOf } from "../../../src/config/processes.ts";
import { stepPlan } from "../../../src/config/step-plan.ts";
import { base, idsOf, paste, problem, valuesOf } from "./support.ts";

const SIZES = "per_device_train_batch_size=2, gradient_accumulation_steps=1, num_generations=4";

describe("the number of processes", () => {
  test.each([
    ["a comment", `# accelerate launch --num_processes 2 t.py\nGRPOConfig(${SIZES})`, 2],
    ["an equals sign", `# torchrun --nproc-per-node=4 t.py\nGRPOConfig(${SIZES})`, 4],
    ["two machines", `# torchrun --nnodes 2 --nproc_per_node 4 t.py\nGRPOConfig(${SIZES})`, 8],
    [
      "a continued line",
      `"""\naccelerate launch \\\n  --num_processes 2 t.py\n"""\nGRPOConfig(${SIZES})`,
      2,
    ],
    ["a cell", `!accelerate launch --num_processes 2 t.py\nargs = GRPOConfig(${SIZES})`, 2],
    [
      "notebook_launcher",
      `def f():\n    GRPOConfig(${SIZES})\nnotebook_launcher(f, num_processes=2)`,
      2,
    ],
    ["a command", "accelerate launch --num_processes 2 t.py --num_generations 4 --beta 0", 2],
    ["trl's command", "trl grpo --num_generations 4 --num_processes 2 --beta 0", 2],
    [
      "accelerate's file",
      "num_processes: 2\ndistributed_type: MULTI_GPU\n---\nnum_generations: 4\nbeta: 0",
      2,
    ],
    ["nothing", `GRPOConfig(${SIZES})`, 1],
  ])("from %s", (_, text, count) => {
    expect(processesOf(paste(text).run.grpo)).toBe(count);
  });

  test("decides whether TRL takes the batch, and the page says for how many", () => {
    const alone = paste(`GRPOConfig(${SIZES})`);
    expect(findings(alone.run, alone.known)[0]).toMatchObject({
      id: "groups-not-whole",
      reason: "This holds for 1 process.",
    });
    const two = paste(`# accelerate launch --num_processes 2\nGRPOConfig(${SIZES})`);
    expect(idsOf(two)).toContain("ratio-always-one");
    expect(two.schedule).toContain("Schedule for 2 processes: 4 completions per rollout");
    expect(two.processes).toBe("What follows holds for 2 processes, as line 1 says.");
  });

  test("can be set, and then what the text says does not count", () => {
    const result = readPaste(`GRPOConfig(${SIZES})`, { base, processes: 2 });
    expect(result).toMatchObject({ run: { grpo: { num_processes: 2 } } });
  });

  test("that is a variable is not known, and nothing is said that rests on it", () => {
    const read = paste(
      `# accelerate launch --num_processes $N t.py\nGRPOConfig(${SIZES}, num_iterations=2)`,
    );
    expect(read.known.unread).toContain("num_processes");
    expect(idsOf(read)).not.toContain("groups-not-whole");
    expect(read.processes).toContain("set the number");
    const file = "accelerate launch --config_file zero3.yaml t.py --num_generations 4 --beta 0";
    expect(paste(file).known.unread).toContain("num_processes");
  });

  test("divides generation_batch_size", () => {
    const text =
      "GRPOConfig(per_device_train_batch_size=8, generation_batch_size=64, num_generations=8)";
    expect(paste(text).schedule).toContain("8 optimizer steps per rollout");
    const launched = paste(`# accelerate launch --num_processes 8 t.py\n${text}`);
    expect(launched.schedule).toContain("1 optimizer step per rollout · 1 pass · on-policy");
    expect(findings(launched.run, launched.known)[0]?.reason).toContain(
      "This holds for 8 processes.",
    );
  });

  test("the page trains the whole batch in one process, and takes it", () => {
    const { run } = paste(`# accelerate launch --num_processes 2\nGRPOConfig(${SIZES})`);
    expect(stepPlan(run.grpo, run.datasetSize).rowsPerMicroStep).toBe(4);
    expect(findings(run).filter(({ severity }) => severity === "error")).toEqual([]);
    expect(findings(run).map(({ message }) => message)).toContain(
      "The page computes the batch of 2 processes in one: 2 × 2 = 4 rows a micro-batch.",
    );
  });
});

describe("a command's flags", () => {
  test.each<[string, Record<string, unknown>]>([
    [
      "accelerate launch t.py \\\n  --num_generations 8 \\\n  --epsilon 3e-4 --epsilon_high=4e-4",
      { num_generations: 8, epsilon: 3e-4, epsilon_high: 4e-4 },
    ],
    [
      "trl grpo --num-generations 4 --loss-type grpo --bf16",
      { num_generations: 4, loss_type: "grpo", bf16: true },
    ],
    [
      "python t.py --num_generations 4 --no_log_completions --report_to wandb tensorboard",
      { num_generations: 4, log_completions: false, report_to: ["wandb", "tensorboard"] },
    ],
    [
      'G=4\npython t.py --num_generations $G --run_name "a b"',
      { num_generations: 4, run_name: "a b" },
    ],
    [
      "python t.py --num_generations ${G:-4} --lr_scheduler_kwargs '{\"num_cycles\": 2}'",
      { num_generations: 4, lr_scheduler_kwargs: { num_cycles: 2 } },
    ],
    [
      "python a.py --port 1 && python t.py --num_generations 4 --beta 0.5 # --beta 9",
      { num_generations: 4, beta: 0.5 },
    ],
    ["python t.py --num_generations 8 --num_generations 4", { num_generations: 4 }],
  ])("%s", (text, expected) => {
    expect(valuesOf(text, ...Object.keys(expected))).toEqual(Object.values(expected));
  });

  test("a variable of the shell is not read, and a flag of the launcher is none of the script", () => {
    const read = paste("accelerate launch --num_processes 2 t.py --num_generations $G --beta 0.1");
    expect(read.known.unread).toContain("num_generations");
    expect(read.settled.map(({ name }) => name)).not.toContain("num_processes");
    expect(paste('python t.py --num_generations 4 --beta 0 "$@"').notes.join()).toContain("$@");
  });

  test("no flag that is a field: no configuration", () => {
    expect(problem("git commit --amend --no-edit")).toContain("no configuration");
  });
});

describe("the schedule in one line", () => {
  test.each([
    [
      "per_device_train_batch_size=8, steps_per_generation=4, max_steps=100",
      "32 completions per rollout · 4 prompts × 8 completions · 4 optimizer steps per rollout · 1 pass · off-policy after a rollout's first step · 100 steps in all.",
    ],
    ["num_iterations=3, max_steps=10", "3 optimizer steps per rollout · 3 passes · off-policy"],
    [
      "gradient_accumulation_steps=4, steps_per_generation=2, max_steps=10",
      "1 optimizer step per 2 rollouts · 1 pass · on-policy",
    ],
    [
      "gradient_accumulation_steps=2, steps_per_generation=3, max_steps=10",
      "1.5 optimizer steps per rollout on average",
    ],
    ["num_generations=g, max_steps=10", "prompts not known · 1 optimizer step per rollout"],
    ["num_generations=3", "TRL refuses these batch sizes, so there is no schedule."],
  ])("%s", (text, line) => {
    expect(paste(`GRPOConfig(${text})`).schedule).toContain(line);
  });

  test("epochs count the prompts of the page", () => {
    expect(paste("GRPOConfig(num_train_epochs=1, beta=0)").schedule).toContain(
      `${base.datasetSize.toLocaleString("en")} steps in all with the ${base.datasetSize} prompts of this page`,
    );
  });
});
