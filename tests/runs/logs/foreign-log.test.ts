import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readForeign } from "../../../src/runs/logs/foreign-log.ts";
import { metricsToCsv, metricsToJsonl } from "../../../src/runs/logs/metrics-table.ts";
import { recordSchema } from "../../../src/runs/formats/record-schema.ts";
import { tensorboardEvents } from "../../../src/runs/formats/tensorboard.ts";
import { foreignRecording } from "../../../src/runs/logs/foreign-run.ts";
import { checkConfig } from "../../../src/config/check.ts";
import { reports as exampleReports } from "../formats/example-run.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

const read = async (path: string, content: string | Uint8Array) =>
  foreignRecording(
    await readForeign(path, typeof content === "string" ? bytesOf(content) : content),
  );

const rewards = (reports: readonly { step: number; metrics: Record<string, number> }[]) =>
  reports.map(({ step, metrics }) => [step, metrics.reward]);

describe("console text of transformers", () => {
  test("its lines are counted; an evaluation belongs to the step before, the summary to none", async () => {
    const { reports, notes, records, run } = await read(
      "out.txt",
      [
        "Loading weights: 100%|##########| 21/21 [00:00<00:00, 20882.03it/s]",
        "{'loss': '-0.1364', 'grad_norm': '0.6745', 'reward': 0.25, 'kl': nan, 'epoch': 0.1}",
        "some other text {'a': {'b': 1}}",
        "{'loss': 0.5, 'reward': 0.5, 'frac_reward_zero_std': None, 'epoch': 0.2}",
        "{'eval_loss': '0.4', 'eval_reward': '0.75', 'epoch': '0.2'}",
        "{'train_runtime': '2.3', 'train_loss': '-0.1', 'epoch': '0.2'}",
      ].join("\n"),
    );
    expect(reports.map(({ step, metrics }) => [step, metrics])).toEqual([
      [1, { loss: -0.1364, grad_norm: 0.6745, reward: 0.25, kl: NaN, epoch: 0.1 }],
      [2, { loss: 0.5, reward: 0.5, eval_loss: 0.4, eval_reward: 0.75, epoch: 0.2 }],
    ]);
    expect(records).toEqual([]);
    expect(notes[0]).toBe(
      "Read as console text of transformers: metrics of 2 steps, as charts. It has no log-probability of any token, so there are no figures, ratios or completions; the trainer in docs/file-formats.md logs what those need.",
    );
    expect(notes[1]).toContain("its lines are counted");
    // Nothing is known of its configuration, and nothing is found in it.
    expect(run.configKnown).toBe(false);
    expect(checkConfig(run)).toEqual([]);
  });

  test("with progress bars the steps are theirs, an evaluation's bar is not one", async () => {
    const text =
      "\r  0%|          | 0/100 [00:00<?, ?it/s]\r 10%|#  | 10/100 [00:01<01:39,  1.00it/s]{'loss': 0.1, 'reward': 0.1}\n" +
      "\r 50%|##   | 2/4 [00:00<00:00]\r{'eval_reward': 0.9}\n\r 20%|##  | 20/100 [00:01<01:39]\n{'loss': 0.2, 'reward': 0.2}\n";
    const { reports, notes } = await read("train.log", text);
    expect(rewards(reports)).toEqual([
      [10, 0.1],
      [20, 0.2],
    ]);
    expect(reports[0]?.metrics.eval_reward).toBe(0.9);
    expect(notes[1]).toBe("Steps are the progress bar's.");
  });

  test("a bar that lags behind numbers nothing", async () => {
    const bar = " 10%|#  | 10/100 [00:01<01:39]";
    const { reports } = await read(
      "train.log",
      // The second line has only an evaluation's bar before it, of another number of steps.
      `${bar}{'loss': 0.1, 'reward': 0.1}\n100%|####| 40/40 [00:00<00:00]\n{'loss': 0.2, 'reward': 0.2}\n`,
    );
    expect(rewards(reports)).toEqual([
      [1, 0.1],
      [2, 0.2],
    ]);
  });
});

describe("histories", () => {
  const row = (step: number) => ({ loss: 0.5, reward: step / 10, "rewards/exact/mean": 1 });
  const expected = [
    [1, 0.1],
    [2, 0.2],
  ];

  test("trainer_state.json", async () => {
    const state = {
      global_step: 2,
      log_history: [
        { step: 1, ...row(1) },
        { step: 2, ...row(2) },
        { step: 2, eval_reward: 1 },
        { step: 2, train_runtime: 9 },
      ],
    };
    const { reports } = await read("trainer_state.json", JSON.stringify(state, null, 2));
    expect(rewards(reports)).toEqual(expected);
    expect(reports[1]?.metrics).not.toHaveProperty("train_runtime");
    expect(reports[1]?.metrics.eval_reward).toBe(1);
  });

  test("wandb's history: train/global_step where it is there, else its rows", async () => {
    const named = (step: number) => ({
      _step: 7 * step,
      _runtime: 3,
      "train/reward": step / 10,
      "eval/reward": 1,
    });
    const whole = [1, 2].map((step) => ({ ...named(step), "train/global_step": step }));
    const one = await read("history.jsonl", whole.map((each) => JSON.stringify(each)).join("\n"));
    expect(rewards(one.reports)).toEqual(expected);
    expect(one.reports[0]?.metrics).toEqual({ reward: 0.1, eval_reward: 1 });
    const two = await read("history.json", JSON.stringify([named(1), named(2)]));
    expect(two.reports.map(({ step }) => step)).toEqual([8, 15]);
    expect(two.notes.join(" ")).toContain("Steps are wandb's rows");
  });

  test("wandb's CSV, and a chart's of it", async () => {
    const table = '_step,train/global_step,"train/reward",note\n0,1,0.1,"a, ""b"""\n1,2,0.2,\n';
    expect(rewards((await read("wandb.csv", table)).reports)).toEqual(expected);
    const chart =
      '"Step","run-1 - train/reward","run-1 - train/reward__MIN"\r\n"1","0.1","0.0"\r\n"2","0.2","0.0"\r\n';
    const { reports } = await read("chart.csv", chart);
    expect(reports.map(({ metrics }) => metrics)).toEqual([{ reward: 0.1 }, { reward: 0.2 }]);
  });

  test("ms-swift's logging.jsonl", async () => {
    const lines = [1, 2].map((step) => ({
      ...row(step),
      "global_step/max_steps": `${step}/100`,
      percentage: `${step}.00%`,
      elapsed_time: "1m 3s",
    }));
    const text = [...lines, { last_model_checkpoint: "x", log_history: [] }];
    const { reports, notes } = await read(
      "logging.jsonl",
      text.map((each) => JSON.stringify(each)).join("\n"),
    );
    expect(rewards(reports)).toEqual(expected);
    expect(reports[0]?.metrics).toEqual(row(1));
    expect(notes[0]).toContain("logging.jsonl of ms-swift");
  });

  test("verl's names are TRL's where they mean the same, which is said", async () => {
    const { reports, notes } = await read(
      "verl.jsonl",
      '{"step": 3, "actor/pg_loss": 0.5, "critic/score/mean": 0.25, "actor/pg_clipfrac": 0.1}',
    );
    expect(reports[0]?.metrics).toEqual({ loss: 0.5, reward: 0.25, "actor/pg_clipfrac": 0.1 });
    expect(notes.join(" ")).toContain("verl's names are shown under TRL's");
  });

  test("an event file of TensorBoard; one that is cut off gives what is whole", async () => {
    const values = { reward: 0.5, eval_reward: 0.25 };
    const events = tensorboardEvents(
      [1, 2].map((step) => ({ step, seconds: step, values })),
      1000,
    );
    const path = "events.out.tfevents.1.host";
    const { reports } = await read(path, events);
    expect(reports.map(({ step, metrics }) => [step, metrics])).toEqual([
      [1, values],
      [2, values],
    ]);
    const cut = await read(path, events.subarray(0, events.length - 3));
    expect(cut.reports.map(({ step }) => step)).toEqual([1]);
    expect(cut.notes.join(" ")).toContain("ends in the middle of a record");
    const bent = events.with(30, events[30]! ^ 1);
    await expect(read(path, bent)).rejects.toThrow("wrong checksum at byte");
  });

  test("this page's own tables come back with both arms", async () => {
    const own = exampleReports(3);
    for (const [name, text] of [
      ["a-metrics.csv", metricsToCsv(own)],
      ["a-metrics.jsonl", metricsToJsonl(own)],
    ] as const) {
      const { reports, run } = await read(name, text);
      expect(run.arms.map(({ name: arm }) => arm)).toEqual(["token", "sequence"]);
      expect(
        reports.map(({ arm, step, generation, innerStep }) => [arm, step, generation, innerStep]),
      ).toEqual(
        own.map(({ arm, step, generation, innerStep }) => [arm, step, generation, innerStep]),
      );
    }
  });
});

describe("tables and lines as other programs leave them", () => {
  const values = [
    [1, { loss: 0.5, reward: 0.25 }],
    [2, { loss: -0.001, reward: 1 }],
  ];
  const shown = async (path: string, content: string | Uint8Array) =>
    (await read(path, content)).reports.map(({ step, metrics }) => [step, metrics]);
  const utf16 = (text: string) =>
    new Uint8Array(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]));

  test.each<[string, string | Uint8Array]>([
    ["plain.csv", "step,loss,reward\n1,0.5,0.25\n2,-1e-3,1\n"],
    ["windows.csv", "\uFEFFstep,loss,reward\r\n1,0.5,0.25\r\n2,-1e-3,1\r\n"],
    ["powershell.csv", utf16("step,loss,reward\r\n1,0.5,0.25\r\n2,-1e-3,1\r\n")],
    ["tabs.tsv", "step\tloss\treward\n1\t0.5\t0.25\n2\t-1e-3\t1\n"],
    ["notebook.txt", "Step\tTraining Loss\treward\n1\t0.500000\t0.250000\n2\t-0.001\t1.0\n"],
    ["decimal.csv", "step;loss;reward\n1;0,5;0,25\n2;-0,001;1\n"],
  ])("%s", async (path, content) => {
    expect(await shown(path, content)).toEqual(values);
  });

  test("a decimal comma is said", async () => {
    const { notes } = await read("a.csv", "step;loss\n1;0,5\n");
    expect(notes[1]).toBe("A comma within a number is read as its decimal point.");
    const { notes: none } = await read("a.csv", "step;loss\n1;0.5\n");
    expect(none).toHaveLength(1);
  });

  test("TensorBoard's download of one chart", async () => {
    const text = "Wall time,Step,Value\n1700000000.5,1,0.5\n1700000001.5,2,0.25\n";
    expect(await shown("run.csv", text)).toEqual([
      [1, { Value: 0.5 }],
      [2, { Value: 0.25 }],
    ]);
  });

  test("what verl prints on its console", async () => {
    const line = (step: number, rest: string) =>
      `(TaskRunner pid=7) step:${step} - global_seqlen/min:100 - actor/pg_loss:${rest}\n`;
    const text = `Training: 1%|\n${line(1, "0.5 - actor/grad_norm:np.float64(0.1)")}noise\n${line(2, "-1e-3")}`;
    expect(await shown("out.log", text)).toEqual([
      [1, { "global_seqlen/min": 100, loss: 0.5, grad_norm: 0.1 }],
      [2, { "global_seqlen/min": 100, loss: -0.001 }],
    ]);
  });

  test("a last line that is cut off is left out, and said; within the file it is not", async () => {
    const whole = '{"step": 7, "loss": 0.5}\n{"step": 8, "loss": 0.4}\n';
    const { reports, notes } = await read("log.jsonl", `${whole}{"step": 9, "lo`);
    expect(reports.map(({ step }) => step)).toEqual([7, 8]);
    expect(notes[0]).toContain("Read as a log of metrics");
    expect(notes[1]).toBe("The last line is cut off in the middle and left out.");
    const mixed = await read("log.jsonl", `Killed\n${whole}`);
    expect(mixed.reports.map(({ step }) => step)).toEqual([7, 8]);
    // Its lines say their steps: nothing is counted.
    expect(mixed.notes).toHaveLength(1);
  });

  test("steps that come again are said, and rows that add to a step are not", async () => {
    const row = (step: number, loss: number) => JSON.stringify({ step, loss });
    const again = [row(1, 0.1), row(2, 0.2), row(3, 0.3), row(2, 0.4), row(3, 0.3)].join("\n");
    const { reports, notes } = await read("log.jsonl", again);
    expect(reports.map(({ metrics }) => metrics.loss)).toEqual([0.1, 0.4, 0.3]);
    expect(notes[1]).toBe(
      "1 step comes more than once, as where training was resumed or several runs share a file: of each metric the last value is shown.",
    );
    const added = await read("log.jsonl", `${row(1, 0.1)}\n{"step": 1, "eval_loss": 0.3}`);
    expect(added.notes).toHaveLength(1);
  });

  test("a step that is none is said", async () => {
    const { notes } = await read("log.jsonl", '{"step": 1, "loss": 1}\n{"step": 1.5, "loss": 1}');
    expect(notes[1]).toBe(
      "A step is a whole number from 0 to 1000000000: the row of step 1.5 is counted to the one before it.",
    );
  });
});

describe("completions without tokens", () => {
  test("TRL's table as JSON lines: a record a step, rewards by function", async () => {
    const rows = [
      { step: 2, prompt: "2 + 2", completion: "4", exact: 1, note: "x", advantage: 0.7 },
      { step: 2, prompt: "2 + 2", completion: "5", exact: null, note: "y", advantage: -0.7 },
      {
        step: 4,
        prompt: [{ role: "user", content: "hi" }],
        completion: "ho",
        exact: 0,
        advantage: 0,
      },
    ];
    const text = rows.map((row) => JSON.stringify(row)).join("\n");
    const { records, reports, notes } = await read("completions_00004.jsonl", text);
    const [first, second] = records;
    expect(first).toMatchObject({ textOnly: true, step: 2, rows: 2, rewardNames: ["exact"] });
    expect([...first!.rewards[0]!]).toEqual([1, NaN]);
    expect(first?.completion).toEqual(["4", "5"]);
    expect(second?.prompt).toEqual(["hi"]);
    expect(reports.map(({ step, metrics }) => [step, metrics.reward])).toEqual([
      [2, 1],
      [4, 0],
    ]);
    expect(notes).toEqual([
      "Read as a completions table of TRL: 3 completions of 2 steps, as a table. It has no log-probability of any token, so there are no figures and no ratios; the trainer in docs/file-formats.md logs what those need.",
      "Not shown: note.",
    ]);
    for (const record of records) expect(recordSchema.safeParse(record).error).toBeUndefined();
  });

  test("the same as Parquet", async () => {
    const file = readFileSync(new URL("../../fixtures/completions.parquet", import.meta.url));
    const { records } = await read("completions_00002.parquet", new Uint8Array(file));
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      step: 2,
      prompt: ["2 + 2?", "2 + 2?", "ü?"],
      completion: ["4", "5", ""],
      rewardNames: ["exact"],
    });
    expect([...records[0]!.rewards[0]!]).toEqual([1, 0, NaN]);
    await expect(read("x.parquet", new Uint8Array(file.subarray(0, 900)))).rejects.toThrow(
      "The Parquet file cannot be read",
    );
  });

  test("verl's rollout dump: an answer of digits is no reward", async () => {
    const text = '{"input": "q", "output": "a", "gts": "4", "score": 1.0, "step": 1}';
    const { records, notes } = await read("1.jsonl", text);
    expect(records[0]).toMatchObject({ prompt: ["q"], completion: ["a"], rewardNames: ["score"] });
    expect(notes[1]).toBe("Not shown: gts.");
  });
});

describe("every other file gets one sentence that names its kind", () => {
  test.each<[string, string | Uint8Array, string, string]>([
    ["train.py", "import trl", "train.py is a Python script.", "Paste"],
    ["run.sh", "python x", "run.sh is a shell script.", "Paste"],
    ["a/b/grpo.yaml", "beta: 0", "grpo.yaml is a YAML file.", "Paste"],
    ["nb.ipynb", "{}", "nb.ipynb is a notebook.", "Paste the cell"],
    ["x", Uint8Array.of(0x89, 0x50, 0x4e, 0x47), "x is a picture.", "no pictures"],
    ["logs.tar.gz", Uint8Array.of(0x1f, 0x8b), "logs.tar.gz is an archive.", "Unpack"],
    ["run-1.wandb", "", "run-1.wandb is wandb's own binary log.", "Export"],
    ["config.json", '{"model_type": "qwen2"}', "config.json is a model's configuration.", "folder"],
    [
      "tokenizer.json",
      '{"model": {}, "added_tokens": []}',
      "tokenizer.json is a tokenizer.",
      "fol",
    ],
    [
      "adapter_config.json",
      '{"peft_type": "LORA"}',
      "is the configuration of a LoRA adapter.",
      "Merge",
    ],
    ["args.json", '{"per_device_train_batch_size": 8}', "is a trainer's configuration.", "Paste"],
    ["package.json", '{"dependencies": {}}', "is a package's description.", "Import reads"],
    [
      "chat.jsonl",
      '{"messages": [{"role": "user", "content": "2+2"}], "reward": 1}',
      "chat.jsonl is a data set of conversations.",
      "no metrics",
    ],
    ["sft.jsonl", '{"prompt": "a", "completion": "b"}', "sft.jsonl is a data set of p", "no m"],
    [
      "alpaca.json",
      '[{"instruction": "a", "input": "", "output": "b"}]',
      "alpaca.json is a data set of prompts.",
      "no metrics",
    ],
    ["gsm.csv", "question,answer\na,72\n", "gsm.csv is a data set of prompts.", "no metrics"],
    ["dpo.jsonl", '{"prompt": "a", "chosen": "b", "rejected": "c"}', "of preferences.", "no m"],
    [
      "people.csv",
      "name,age\nann,3\n",
      "people.csv is a table with the columns name, age, none of which a trainer logs.",
      "Import reads",
    ],
    ["cfg.txt", "GRPOConfig(beta=0)", "cfg.txt is a text with a trainer's configuration.", "Paste"],
    ["a.bin", "x", "a.bin is a pickled file", "Save its model again"],
    [
      "a.json",
      '{"x": 1, "y": 2}',
      "a.json is JSON with the fields x, y, which no reader here",
      "Im",
    ],
    ["a.json", "[1, 2]", "a.json is JSON without a table in it.", "Import reads"],
    ["a.txt", "hello", "a.txt is text without a line that a trainer logs", "Import reads"],
    ["a.txt", "", "a.txt is empty.", "Import reads"],
    ["core", "a\0b", "core is a binary file of a kind that is not read.", "Import reads"],
  ])("%s", async (path, content, message, remedy) => {
    await expect(read(path, content)).rejects.toMatchObject({
      message: expect.stringContaining(message) as unknown,
      remedy: expect.stringContaining(remedy) as unknown,
    });
  });
});
