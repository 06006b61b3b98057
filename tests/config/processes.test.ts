import { describe, expect, test } from "vitest";
import { formatLink, parseLink } from "../../src/config/link.ts";
import { checkConfig } from "../../src/config/check.ts";
import { currentRun, type FormerRun } from "../../src/config/processes.ts";
import { exportArm, forms, leftOut } from "../../src/config/python/export.ts";
import { readPaste, type Paste } from "../../src/config/python/paste.ts";
import { setField } from "../../src/config/run-fields.ts";
import { runFrom } from "../../src/config/run-from.ts";
import { stepPlan } from "../../src/config/step-plan.ts";
import type { RunConfig } from "../../src/config/types.ts";
import { configOfLog } from "../../src/runs/logs/log-config.ts";
import { runSchema } from "../../src/runs/formats/run-schema.ts";

const SCRIPT = `# accelerate launch --num_processes 4 train.py
GRPOConfig(per_device_train_batch_size=2, per_device_eval_batch_size=6, num_generations=4)`;

function read(text: string, base: RunConfig = runFrom()): Paste {
  const result = readPaste(text, { base });
  if ("problem" in result) throw new Error(result.problem);
  return result;
}

describe("the number of processes that a text names", () => {
  const { run } = read(SCRIPT);
  const [arm] = run.arms;

  test("is a field of the run, beside sizes of each, and its batches are those of all", () => {
    expect(run.grpo).toMatchObject({
      num_processes: 4,
      per_device_train_batch_size: 2,
      per_device_eval_batch_size: 6,
    });
    expect(stepPlan(run.grpo, run.datasetSize)).toMatchObject({
      rowsPerMicroStep: 8,
      generationBatchSize: 8,
      promptsPerGeneration: 2,
    });
    expect(read("GRPOConfig(num_generations=4)").run.grpo).not.toHaveProperty("num_processes");
  });

  test("counts where TRL counts it: a batch that only two processes can share is taken", () => {
    const set = {
      per_device_train_batch_size: "4",
      generation_batch_size: "24",
      steps_per_generation: "none",
      num_generations: "4",
    };
    const refused = (processes: string) =>
      checkConfig(runFrom("sort", { set: { ...set, num_processes: processes } })).map(
        ({ message }) => message,
      );
    expect(refused("2")).toEqual([]);
    expect(refused("3")).toEqual([]);
    expect(refused("4")).toEqual([
      "generation_batch_size (24) must be divisible by per_device_train_batch_size × num_processes (4 × 4 = 16).",
    ]);
  });

  test("that makes a batch larger than the page's own is refused with one that fits", () => {
    const set = { per_device_train_batch_size: "64", num_processes: "32" };
    expect(checkConfig(runFrom("sort", { set }))).toMatchObject([
      {
        message:
          "The page computes the rows of all processes in one: per_device_train_batch_size 64 × 32 processes is 2048, and it takes up to 1024.",
        patch: { num_processes: 16 },
      },
    ]);
  });

  test.each(forms.filter((form) => form !== "json"))("goes out with %s and comes back", (form) => {
    const text = exportArm(run, arm!, form);
    expect(text).toContain("# accelerate launch --num_processes 4 ");
    expect(text).toMatch(/per_device_train_batch_size\W+2\b/);
    expect(text).toMatch(/per_device_eval_batch_size\W+6\b/);
    const again = read(text);
    expect(again.run.grpo).toMatchObject({ num_processes: 4, per_device_train_batch_size: 2 });
  });

  test("JSON, which has no comments, has each one's sizes, and what is missing is said", () => {
    expect(JSON.parse(exportArm(run, arm!, "json"))).toMatchObject({
      per_device_train_batch_size: 2,
    });
    expect(leftOut(run, arm!, "json").join()).toContain(
      "for 4 processes: start it with accelerate",
    );
    expect(leftOut(runFrom("sort"), runFrom("sort").arms[0]!, "json").join()).not.toContain("proc");
  });

  test("is in the link and in a stored run", () => {
    expect(formatLink(run)).toContain("&num_processes=4");
    const { run: linked, problems } = parseLink(formatLink(run));
    expect(problems).toEqual([]);
    expect(linked.grpo.num_processes).toBe(4);
    expect(exportArm(linked, linked.arms[0]!, "yaml")).toContain(
      "per_device_train_batch_size: 2\n",
    );
    expect(runSchema.parse(run).grpo.num_processes).toBe(4);
  });

  test.each(["1", "0", "2.5", "abc", "99999", ""])("a link's %j is reported", (text) => {
    const { run: linked, problems } = parseLink(`?preset=sort&processes=${text}`);
    expect(linked.grpo).not.toHaveProperty("num_processes");
    expect(problems).toMatchObject([{ key: "processes", value: text, used: "1" }]);
  });

  test("set to 1 is as if it were not set", () => {
    const alone = setField(run, "num_processes", 1);
    expect(alone.grpo).not.toHaveProperty("num_processes");
    expect(exportArm(alone, arm!, "config")).not.toContain("accelerate");
    expect(leftOut(alone, arm!, "json")).toEqual([]);
  });

  test("of a log is not taken: the rows of each process stand there by themselves", () => {
    const wrong = (why: string) => new Error(why);
    expect(configOfLog({ num_processes: 4, beta: 0.1 }, wrong)).not.toHaveProperty("num_processes");
  });

  test("is no other text's: the next paste has its own", () => {
    expect(read("GRPOConfig(num_generations=4)", run).run.grpo).not.toHaveProperty("num_processes");
  });
});

describe("before it was a field, when sizes were those of all processes", () => {
  const whole = "?preset=sort&per_device_train_batch_size=8&per_device_eval_batch_size=24";

  test("a link means the same", () => {
    const { run, problems } = parseLink(`${whole}&processes=4`);
    expect(problems).toEqual([]);
    expect(run.grpo).toMatchObject({
      num_processes: 4,
      per_device_train_batch_size: 2,
      per_device_eval_batch_size: 6,
    });
    expect(formatLink(run)).not.toContain("&processes=");
  });

  test("a link whose batches they cannot share is of 1 process, and that is said", () => {
    const { run, problems } = parseLink(`${whole}&processes=3`);
    expect(run.grpo).toMatchObject({ per_device_train_batch_size: 8 });
    expect(run.grpo).not.toHaveProperty("num_processes");
    expect(problems).toMatchObject([{ key: "processes", value: "3", used: "1" }]);
  });

  test("a stored run and a run file train as they stand, and go out for as many", () => {
    const { run } = parseLink(whole);
    const former: FormerRun = { ...run, processes: 4 };
    expect(runSchema.parse(former)).toEqual(former);
    expect(stepPlan(former.grpo, former.datasetSize).rowsPerMicroStep).toBe(8);
    expect(formatLink(former)).toContain("&num_processes=4");
    const [arm] = former.arms;
    expect(exportArm(currentRun(former), arm!, "yaml")).toContain(
      "per_device_train_batch_size: 2\n",
    );
    const own = { ...former, arms: [{ ...arm!, overrides: { per_device_train_batch_size: 6 } }] };
    expect(currentRun(own).grpo).not.toHaveProperty("num_processes");
  });
});

describe("values that a toy cannot run with", () => {
  const text = `GRPOConfig(max_completion_length=2048, top_k=100, optim="paged_adamw_8bit", reward_weights=[1.0, -0.5])`;

  test("go with a link into the exports of who opens it", () => {
    const { run } = read(text);
    const { run: linked, problems } = parseLink(formatLink(run));
    expect(problems).toEqual([]);
    expect(linked.exportOnly).toEqual(run.exportOnly);
    const out = exportArm(linked, linked.arms[0]!, "config");
    for (const kept of ["=2048,", "top_k=100,", '"paged_adamw_8bit"', "[1, -0.5]"]) {
      expect(out).toContain(kept);
    }
  });

  test("that the toy's own no longer stands in for are left out of it", () => {
    const run = setField(read(text).run, "top_k", 5);
    expect(formatLink(run)).not.toContain("kept-top_k");
    expect(formatLink(run)).toContain("kept-optim=paged_adamw_8bit");
  });

  test.each([
    ["kept-top_k", "x"],
    ["kept-top_k", "-1"],
    ["kept-optim", "adafactor"],
    ["kept-reward_weights", "1,,2"],
    ["kept-beta", "1"],
    ["kept-max_completion_length", "1e9"],
  ])("a link's %s=%s is reported", (key, value) => {
    const { run, problems } = parseLink(`?preset=sort&${key}=${value}`);
    expect(run.exportOnly ?? {}).toEqual({});
    expect(problems).toMatchObject([{ key, value, used: "" }]);
  });
});
