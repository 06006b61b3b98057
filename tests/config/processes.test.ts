import { describe, expect, test } from "vitest";
import { formatLink, parseLink } from "../../src/config/link.ts";
import { toyRun } from "../../src/config/processes.ts";
import { exportArm, forms, leftOut } from "../../src/config/python/export.ts";
import { readPaste, type Paste } from "../../src/config/python/paste.ts";
import { setField } from "../../src/config/run-fields.ts";
import { runFrom } from "../../src/config/run-from.ts";
import type { RunConfig } from "../../src/config/types.ts";
import { runSchema } from "../../src/runs/formats/run-schema.ts";

const SCRIPT = `# accelerate launch --num_processes 4 train.py
GRPOConfig(per_device_train_batch_size=2, per_device_eval_batch_size=6, num_generations=4)`;

function read(text: string, base: RunConfig = runFrom()): Paste {
  const result = readPaste(text, { base });
  if ("problem" in result) throw new Error(result.problem);
  return result;
}

/** As the page's Load does. */
const loaded = ({ run, known }: Paste): RunConfig => toyRun(run, known.processes);

describe("the number of processes that a text names", () => {
  const run = loaded(read(SCRIPT));
  const [arm] = run.arms;

  test("stays on the run that is loaded, whose batches are those of all", () => {
    expect(run).toMatchObject({
      processes: 4,
      grpo: { per_device_train_batch_size: 8, per_device_eval_batch_size: 24 },
    });
    expect(loaded(read("GRPOConfig(num_generations=4)"))).not.toHaveProperty("processes");
  });

  test.each(forms.filter((form) => form !== "json"))("goes out with %s and comes back", (form) => {
    const text = exportArm(run, arm!, form);
    expect(text).toContain("# accelerate launch --num_processes 4 ");
    expect(text).toMatch(/per_device_train_batch_size\W+2\b/);
    expect(text).toMatch(/per_device_eval_batch_size\W+6\b/);
    const again = read(text);
    expect(again.known.processes).toBe(4);
    expect(loaded(again).grpo.per_device_train_batch_size).toBe(8);
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
    expect(formatLink(run)).toContain("&processes=4");
    const { run: linked, problems } = parseLink(formatLink(run));
    expect(problems).toEqual([]);
    expect(linked.processes).toBe(4);
    expect(exportArm(linked, linked.arms[0]!, "yaml")).toContain(
      "per_device_train_batch_size: 2\n",
    );
    expect(runSchema.parse(run).processes).toBe(4);
  });

  test.each(["1", "0", "2.5", "abc", "99999", ""])("a link's %j is reported", (text) => {
    const { run: linked, problems } = parseLink(`?preset=sort&processes=${text}`);
    expect(linked).not.toHaveProperty("processes");
    expect(problems).toMatchObject([{ key: "processes", value: text, used: "1" }]);
  });

  test("a batch that they cannot share goes out whole, and that is said", () => {
    const changed = setField(run, "per_device_train_batch_size", 6);
    const text = exportArm(changed, arm!, "config");
    expect(text).toContain("per_device_train_batch_size=6,");
    expect(text).toContain("# For 1 process: the batch sizes are not divisible by the 4 that");
    expect(read(text).known.processes).toBe(1);
    expect(leftOut(changed, arm!, "json")).toEqual([]);
  });

  test("is no other text's: the next paste has its own", () => {
    expect(read("GRPOConfig(num_generations=4)", run).run).not.toHaveProperty("processes");
  });
});

describe("values that a toy cannot run with", () => {
  const text = `GRPOConfig(max_completion_length=2048, top_k=100, optim="paged_adamw_8bit", reward_weights=[1.0, -0.5])`;

  test("go with a link into the exports of who opens it", () => {
    const run = loaded(read(text));
    const { run: linked, problems } = parseLink(formatLink(run));
    expect(problems).toEqual([]);
    expect(linked.exportOnly).toEqual(run.exportOnly);
    const out = exportArm(linked, linked.arms[0]!, "config");
    for (const kept of ["=2048,", "top_k=100,", '"paged_adamw_8bit"', "[1, -0.5]"]) {
      expect(out).toContain(kept);
    }
  });

  test("that the toy's own no longer stands in for are left out of it", () => {
    const run = setField(loaded(read(text)), "top_k", 5);
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
