import { describe, expect, test } from "vitest";
import { runFrom } from "../../../src/config/run-from.ts";
import { EOS, PAD, UNK } from "../../../src/tasks/task.ts";
import { tasks } from "../../../src/tasks/registry.ts";
import { hfFolder } from "../../../src/runs/policies/hf-folder.ts";

const folderOf = (id: string) => {
  const task = tasks.find((each) => each.id === id)!;
  const run = task.picture ? runFrom("count-dots", { set: { task: id } }) : runFrom(id);
  const files = hfFolder({
    policy: run.policy,
    task,
    difficulty: run.difficulty,
    maxCompletionLength: run.grpo.max_completion_length,
    temperature: run.grpo.temperature,
  });
  return { run, task, files, json: (name: string) => JSON.parse(files[name] ?? "") };
};

test("what transformers wants as a float is one, though it is whole", () => {
  const { files } = folderOf("sort");
  expect(files["generation_config.json"]).toMatch(/\n {2}"temperature": 1\.0,\n/);
});

describe.each(tasks)("the folder of $id", ({ id }) => {
  const { run, task, json } = folderOf(id);
  // A picture's tokens are nine patches here.
  const [image, patches] = task.picture ? [[task.vocabulary.indexOf("<image>")], 9 - 1] : [[], 0];

  test("its tokens have the task's ids, and none holds a space, which parts them", () => {
    const { model, pre_tokenizer } = json("tokenizer.json");
    expect(task.vocabulary.map((text) => model.vocab[text])).toEqual(
      task.vocabulary.map((_, i) => i),
    );
    expect(Object.keys(model.vocab)).toHaveLength(task.vocabulary.length);
    expect(pre_tokenizer).toEqual({ type: "WhitespaceSplit" });
    expect(task.vocabulary.filter((text) => /\s/.test(text) || text === "")).toEqual([]);
  });

  test("special tokens agree between its files", () => {
    const config = json("config.json");
    expect([config.pad_token_id, config.eos_token_id]).toEqual([PAD, EOS]);
    const special = json("tokenizer.json").added_tokens.map(
      ({ id: token, content }: { id: number; content: string }) => [token, content],
    );
    expect(special).toEqual(
      [PAD, EOS, UNK, ...image].map((token) => [token, task.vocabulary[token]]),
    );
    expect(json("tokenizer_config.json")).toMatchObject({
      pad_token: task.vocabulary[PAD],
      eos_token: task.vocabulary[EOS],
      padding_side: "left",
    });
  });

  test("the shape is the policy's, and the context holds prompt and completion", () => {
    const config = json("config.json");
    expect(config.model_type).toBe(task.picture ? "llava" : "llama");
    expect(task.picture ? config.text_config : config).toMatchObject({
      model_type: "llama",
      vocab_size: task.vocabulary.length,
      hidden_size: run.policy.width,
      head_dim: run.policy.width / run.policy.heads,
      num_key_value_heads: run.policy.kvHeads,
      rms_norm_eps: run.policy.rmsNormEps,
      rope_theta: run.policy.ropeTheta,
      tie_word_embeddings: run.policy.tied,
      max_position_embeddings:
        task.maxPromptLength(run.difficulty) + patches + run.grpo.max_completion_length,
    });
  });
});
