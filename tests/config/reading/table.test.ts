import { expect, test } from "vitest";
import { readForeign } from "../../../src/runs/logs/foreign-log.ts";
import { idsOf, paste, problem, valuesOf } from "./support.ts";

const EXPECTED = [4, 0.04, "dr_grpo"];

test.each<[string, string]>([
  ["CSV", "num_generations,beta,loss_type\n4,0.04,dr_grpo\n"],
  ["CSV of Windows", "num_generations,beta,loss_type\r\n4,0.04,dr_grpo\r\n"],
  ["TSV", "num_generations\tbeta\tloss_type\n4\t0.04\tdr_grpo\n"],
  ["semicolons and decimal commas", "num_generations;beta;loss_type\n4;0,04;dr_grpo\n"],
  ["quotes", '"num_generations","beta","loss_type"\n"4","0.04","dr_grpo"\n'],
  ["pandas' index", ",num_generations,beta,loss_type\n0,4,0.04,dr_grpo\n"],
  ["R's index", "num_generations\tbeta\tloss_type\nrow1\t4\t0.04\tdr_grpo\n"],
  ["names and values", "name,value\nnum_generations,4\nbeta,0.04\nloss_type,dr_grpo\n"],
  ["names and values without a head", "num_generations,4\nbeta,0.04\nloss_type,dr_grpo\n"],
  [
    "names and values by tabs",
    "parameter\tvalue\nnum_generations\t4\nbeta\t0.04\nloss_type\tdr_grpo",
  ],
  [
    "names, values and comments",
    "name,value,why\nnum_generations,4,x\nbeta,0.04,y\nloss_type,dr_grpo,\n",
  ],
  ["rows that agree", "num_generations,beta,loss_type\n4,0.04,dr_grpo\n4,0.04,dr_grpo\n"],
])("a table is read as a configuration: %s", (_, text) => {
  const read = paste(text);
  expect(read.format).toBe("table");
  expect(valuesOf(text, "num_generations", "beta", "loss_type")).toEqual(EXPECTED);
  expect([...read.known.unread]).toEqual([]);
});

test("lines are those of the text", () => {
  const lines = (text: string) =>
    paste(text)
      .settled.slice(0, 2)
      .map(({ line }) => line);
  expect(lines("num_generations,beta\n4,0.04\n")).toEqual([2, 2]);
  expect(lines("name,value\nnum_generations,4\nbeta,0.04\n")).toEqual([2, 3]);
});

test("values are as a command line has them; an empty cell sets nothing", () => {
  const text =
    'num_generations,bf16,max_grad_norm,lr_scheduler_kwargs,epsilon_high,delta\n4,True,,"{""num_cycles"": 2}",None,1.5\n';
  expect(valuesOf(text, "lr_scheduler_kwargs", "epsilon_high", "delta")).toEqual([
    { num_cycles: 2 },
    null,
    1.5,
  ]);
  expect(paste(text).run.exportOnly).toMatchObject({ bf16: true });
  expect(paste(text).settled.map(({ name }) => name)).not.toContain("max_grad_norm");
});

test("a name of two columns is not known", () => {
  const read = paste("num_generations,beta,beta\n8,0.1,0.2\n");
  expect([...read.known.unread]).toEqual(["beta"]);
  expect(read.settled.find(({ name }) => name === "beta")?.note).toContain("beta heads 2 columns");
});

test("of several rows what they agree on is read, and what they differ in is named", () => {
  const text = "name,num_generations,beta,num_iterations\na,8,0.1,1\nb,8,0.2,4\nc,8,,1\n";
  const read = paste(text);
  expect(read.run.grpo.num_generations).toBe(8);
  expect([...read.known.unread].toSorted()).toEqual(["beta", "num_iterations"]);
  expect(read.settled.find(({ name }) => name === "beta")?.note).toBe(
    "Line 2: beta differs between the 3 rows (0.1, 0.2, left out), so nothing is said here that rests on it; Load takes 0.",
  );
  expect(read.notes).toEqual([
    "The table has 3 rows, each a configuration: what they agree on is read. To read one of them, paste the head with that row alone.",
  ]);
  expect(idsOf(read)).not.toContain("ratio-always-one");
});

test.each<[string, string, string]>([
  [
    "a row of another length",
    "num_generations,beta\n4,0.1\n8,0.1,3\n",
    "whose head names 2 columns, and the row in line 3 has 3: which value belongs to which name is not known",
  ],
  ["one cell too many in its only row", "num_generations,beta\n8,0.04,1\n", "line 2 has 3"],
  ["no row", "num_generations,beta\n", "the head of a table of settings, without a row of values"],
])("a table with %s is refused with the reason", (_, text, says) => {
  expect(problem(text)).toContain(says);
});

test.each<[string, string]>([
  ["a log", "step,loss,learning_rate\n1,0.5,1e-6\n2,0.4,1e-6\n"],
  ["a log with fields in it", "step,num_generations,loss\n1,8,0.5\n2,8,0.4\n"],
  ["a table of numbers", "a,b\n1,2\n"],
  ["prose", "num_generations, which we set\nto 8, is fine\n"],
])("%s is no configuration", (_, text) => {
  expect(problem(text)).toContain("no configuration");
});

test.each<[string, string]>([
  ["arguments", "num_generations=4, beta=0.04,\nepsilon=0.1,\n"],
  ["YAML in a line", "{num_generations: 4, beta: 0.04}"],
  ["a call", "GRPOConfig(num_generations=4,\n  beta=0.04)"],
])("%s are no table", (_, text) => {
  expect(paste(text).format).not.toBe("table");
  expect(valuesOf(text, "num_generations", "beta")).toEqual([4, 0.04]);
});

test("chosen as a file, it is not shown as a log", async () => {
  const read = (text: string) => readForeign("t.csv", new TextEncoder().encode(text));
  await expect(read("num_generations,learning_rate\n4,1e-6\n")).rejects.toThrow(
    "t.csv is a trainer's configuration",
  );
  await expect(
    read("step,learning_rate,num_generations,loss\n1,1e-6,8,0.1\n"),
  ).resolves.toMatchObject({ what: "metrics" });
});
