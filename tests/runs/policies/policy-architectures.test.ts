import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { runFrom } from "../../../src/config/run-from.ts";
import type { RunConfig } from "../../../src/config/types.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type Tensor,
} from "../../../src/engine/policy/safetensors.ts";
import { policyFolder } from "../../../src/runs/policies/policy-folder.ts";
import { readPolicy } from "../../../src/runs/policies/policy-import.ts";
import { task } from "../../../src/tasks/registry.ts";

// Configurations and weights as transformers' save_pretrained wrote them; of the vocabulary as many
// tokens as the task has.

interface Case {
  name: string;
  config: Record<string, unknown>;
  weights: Record<string, { shape: number[]; data: number[] }>;
}
const url = new URL("../../fixtures/models.json", import.meta.url);
const { cases } = JSON.parse(await readFile(url, "utf8")) as { cases: Case[] };

const run = runFrom("sort", { seed: 3 });
const size = task(run.task).vocabulary.length;
const sampling = { maxCompletionLength: 8, temperature: 0.9 };

const isTable = (name: string) => /embed_tokens|lm_head/.test(name);

function savedBy({ config, weights }: Case) {
  const tensors: Record<string, Tensor> = Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => {
      const [rows, ...rest] = isTable(name) ? [size, ...shape.slice(1)] : shape;
      const sizes = [rows!, ...rest];
      const length = sizes.reduce((product, n) => product * n, 1);
      return [name, { shape: sizes, data: Float32Array.from(data.slice(0, length)) }];
    }),
  );
  const json = new TextEncoder().encode(JSON.stringify({ ...config, vocab_size: size }));
  const files = new Map([
    ["config.json", json],
    ["model.safetensors", encodeSafetensors(tensors)],
  ]);
  return { files, tensors };
}

const jsonIn = (files: ReadonlyMap<string, Uint8Array>, name: string) =>
  JSON.parse(new TextDecoder().decode(files.get(name)));

describe.each(cases)("$name", (one) => {
  const { files, tensors } = savedBy(one);
  const read = readPolicy(files, run);
  const imported: RunConfig = { ...run, policy: read.policy, task: read.task };
  const written = policyFolder(imported, sampling, decodeSafetensors(read.file).tensors);

  test("is imported as the policy of its architecture", () => {
    const type = one.config.model_type;
    expect(read.policy.architecture ?? "llama").toBe(type);
    expect(read.policy).not.toHaveProperty("vocab");
    expect(Object.values(read.policy)).not.toContain("llama");
    expect(read.policy.tied).toBe(one.config.tie_word_embeddings);
  });

  test("is exported with the same tensors under the same names", () => {
    expect(decodeSafetensors(written.get("model.safetensors")!).tensors).toEqual(tensors);
  });

  test("is the same policy when it is imported again", () => {
    expect(readPolicy(written, runFrom("add"))).toMatchObject({
      policy: read.policy,
      task: run.task,
    });
  });

  test("has the special tokens of its tokenizer", () => {
    const config = jsonIn(written, "config.json");
    expect(config).toMatchObject({
      architectures: one.config.architectures,
      ...{ vocab_size: size, pad_token_id: 0, eos_token_id: 1 },
    });
    expect(jsonIn(written, "generation_config.json")).toMatchObject({ eos_token_id: 1 });
  });
});

describe("a tensor that another architecture would have", () => {
  const of = (name: string) => savedBy(cases.find((one) => one.name === name)!);

  test("missing: it is named", () => {
    const { files, tensors } = of("gptoss_4x2");
    const name = "model.layers.1.mlp.experts.gate_up_proj_bias";
    const { [name]: _, ...others } = tensors;
    const less = new Map([...files, ["model.safetensors", encodeSafetensors(others)] as const]);
    expect(() => readPolicy(less, run)).toThrow(`model.safetensors has no ${name}`);
  });

  test("in another form: both forms are said", () => {
    const { files, tensors } = of("mixtral_4x2");
    const name = "model.layers.0.block_sparse_moe.gate.weight";
    const wrong = { ...tensors, [name]: { shape: [2, 16], data: new Float32Array(32) } };
    const bent = new Map([...files, ["model.safetensors", encodeSafetensors(wrong)] as const]);
    expect(() => readPolicy(bent, run)).toThrow(
      `${name} is 2×16; a policy of this shape needs 4×16`,
    );
  });

  test("too many: it is named", () => {
    const { files } = of("qwen2_bias");
    const config = { ...jsonIn(files, "config.json"), model_type: "mistral" };
    const other = new Map([
      ...files,
      ["config.json", new TextEncoder().encode(JSON.stringify(config))] as const,
    ]);
    expect(() => readPolicy(other, run)).toThrow(
      "it also has model.layers.0.self_attn.k_proj.bias, which this decoder has not",
    );
  });
});

test("a llama's heads with a width of their own divide its width: transformers wants it", () => {
  const policy = { ...run.policy, width: 30, headDim: 8 };
  const folder = (architecture: "llama" | "qwen3") => () =>
    policyFolder({ ...run, policy: { ...policy, architecture } }, sampling, {});
  expect(folder("llama")).toThrow(
    "The policy's width (30) is no multiple of its heads (4), which transformers refuses of a llama.",
  );
  expect(folder("qwen3")).not.toThrow();
});
