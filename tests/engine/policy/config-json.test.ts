import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { checkShape } from "../../../src/engine/policy/check-shape.ts";
import { shapeOfConfig } from "../../../src/engine/policy/config-json.ts";
import {
  initialParameters,
  packParameters,
  parameterLayout,
  unpackParameters,
} from "../../../src/engine/policy/parameters.ts";
import type { PolicyShape } from "../../../src/engine/policy/shape.ts";

interface Case {
  name: string;
  config: Record<string, unknown>;
  weights: Record<string, { shape: number[]; data: number[] }>;
}
const url = new URL("../../fixtures/models.json", import.meta.url);
const { cases } = JSON.parse(await readFile(url, "utf8")) as { cases: Case[] };
const configOf = (name: string) => cases.find((one) => one.name === name)!.config;

describe.each(cases)("$name", ({ config, weights }) => {
  const layout = parameterLayout(shapeOfConfig(config));

  test("has the tensors that save_pretrained writes, in their form", () => {
    const shapes = Object.fromEntries(layout.tensors.map(({ name, shape }) => [name, [...shape]]));
    expect(shapes).toEqual(
      Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape])),
    );
  });

  test("packs and unpacks them; no two numbers share a float", () => {
    const all = Object.fromEntries(
      layout.tensors.map(({ name, shape }, tensor) => [
        name,
        Array.from({ length: shape.reduce((n, m) => n * m, 1) }, (_, i) => tensor * 10_000 + i + 1),
      ]),
    );
    const flat = packParameters(layout, all);
    expect(flat.filter((value) => value !== 0).length).toBe(layout.count);
    const found = unpackParameters(layout, flat);
    for (const [name, values] of Object.entries(all)) expect([...found[name]!]).toEqual(values);
  });

  test("decays all but norms and biases", () => {
    const kept = layout.tensors.filter(({ decay }) => !decay).map(({ name }) => name);
    expect(kept).toEqual(
      layout.tensors.map(({ name }) => name).filter((name) => /norm|bias/.test(name)),
    );
  });
});

test("fresh norms are 1, biases and sinks 0, experts' weights of the size of a dense MLP's", () => {
  const shape = shapeOfConfig(configOf("gptoss_4x2"));
  const layout = parameterLayout(shape);
  const values = unpackParameters(layout, initialParameters(shape, 1));
  const of = (name: string) => [...values[`model.layers.0.${name}`]!];
  expect(new Set(of("input_layernorm.weight"))).toEqual(new Set([1]));
  for (const name of ["self_attn.sinks", "mlp.router.bias", "mlp.experts.down_proj_bias"]) {
    expect(new Set(of(name))).toEqual(new Set([0]));
  }
  const size = (name: string) =>
    Math.sqrt(of(name).reduce((sum, x) => sum + x * x, 0) / of(name).length);
  expect(size("mlp.experts.gate_up_proj")).toBeCloseTo(1 / Math.sqrt(16), 1);
  expect(size("mlp.experts.down_proj")).toBeCloseTo(1 / Math.sqrt(12 * 4), 1);
});

const says = (name: string, more: Record<string, unknown>) => () =>
  shapeOfConfig({ ...configOf(name), ...more });

test.each([
  [
    "llama_bias_headdim",
    { hidden_act: "gelu" },
    'config.json has hidden_act "gelu"; only "silu" is computed',
  ],
  ["llama_bias_headdim", { model_type: "gemma" }, 'config.json has model_type "gemma"'],
  ["llama_bias_headdim", { vocab_size: undefined }, "config.json has no vocab_size"],
  [
    "llama_bias_headdim",
    { hidden_size: "16" },
    'config.json has hidden_size "16"; it takes a number',
  ],
  ["llama_rope_llama3", { rope_parameters: { rope_type: "yarn", factor: 4 } }, 'rope_type "yarn"'],
  ["gptoss_4x2", { rope_parameters: { rope_type: "linear" } }, 'rope_type "linear"'],
  ["gptoss_4x2", { attention_bias: false }, "gpt_oss has biases"],
  ["gptoss_4x2", { swiglu_limit: 5 }, "config.json has swiglu_limit 5"],
  ["gptoss_4x2", { layer_types: ["sliding_attention", "sliding_attention"] }, "layer_types"],
  ["gptoss_4x2", { layer_types: ["full_attention"] }, "layer_types"],
  [
    "gptoss_4x2",
    { rope_parameters: { rope_type: "yarn", attention_factor: 2 } },
    "attention_factor 2",
  ],
  ["llama_rope_llama3", { partial_rotary_factor: 0.5 }, "partial_rotary_factor 0.5"],
  ["llama_bias_headdim", { rope_parameters: { partial_rotary_factor: 0.5 } }, "partial_rotary"],
  ["llama_bias_headdim", { tie_word_embeddings: "true" }, "it takes true or false"],
  ["llama_bias_headdim", { model_type: undefined }, "config.json has no model_type"],
  ["gptoss_4x2", { quantization_config: { quant_method: "mxfp4" } }, "quantization_config"],
  ["qwen2_bias", { use_sliding_window: true }, "use_sliding_window true"],
  ["qwen2_bias", { head_dim: 6 }, "qwen2 has no headDim"],
  ["mistral_window", { attention_bias: true }, "mistral has no attentionBias"],
  ["mixtral_4x2", { num_experts_per_tok: 5 }, "a token cannot choose 5 of 4 experts"],
  ["mixtral_4x2", { num_local_experts: undefined }, "config.json has no num_local_experts"],
  ["qwen3moe_6x2_norm", { mlp_only_layers: [0, 1, 2] }, "every layer is dense"],
])("%s with %o is refused", (name, more, message) => {
  expect(says(name, {})).not.toThrow();
  expect(says(name, more)).toThrow(message);
});

test("of Qwen3-MoE every so-manieth layer is a mixture, but for those that are named", () => {
  const config = { ...configOf("qwen3moe_6x2_norm"), num_hidden_layers: 5 };
  const { mixture } = shapeOfConfig({ ...config, mlp_only_layers: [3], decoder_sparse_step: 2 });
  expect(mixture!.denseLayers).toEqual([0, 2, 3, 4]);
});

const stated = (name: string, without: readonly string[]) =>
  shapeOfConfig(
    Object.fromEntries(Object.entries(configOf(name)).filter(([each]) => !without.includes(each))),
  );

describe("what a config.json leaves out is transformers' own", () => {
  test("gpt-oss: a window in every second layer, and YaRN", () => {
    const shape = stated("gptoss_4x2", ["sliding_window", "layer_types", "rope_parameters"]);
    expect(shape).toMatchObject({ slidingWindow: 128, ropeTheta: 150_000 });
    expect(shape.rotaryScaling).toEqual({
      ...{ type: "yarn", factor: 32, betaFast: 32, betaSlow: 1 },
      ...{ originalPositions: 4096, truncate: false },
    });
  });

  test("Mistral: a window; null is none", () => {
    expect(stated("mistral_window", ["sliding_window"]).slidingWindow).toBe(4096);
    const none = shapeOfConfig({ ...configOf("mistral_window"), sliding_window: null });
    expect(none).not.toHaveProperty("slidingWindow");
  });

  test("heads of keys and values: Llama's are as many as its heads, Mixtral's 8", () => {
    const of = (name: string) =>
      shapeOfConfig({ ...configOf(name), num_attention_heads: 8, num_key_value_heads: undefined });
    expect(of("llama_rope_llama3").kvHeads).toBe(8);
    expect(() => stated("mixtral_4x2", ["num_key_value_heads"])).toThrow("kvHeads 8 does not");
  });

  test("positions that were trained", () => {
    const { rope_parameters: scaling } = configOf("llama_rope_llama3");
    const { original_max_position_embeddings: _, ...rest } = { ...(scaling as object) } as {
      original_max_position_embeddings?: number;
    };
    const read = shapeOfConfig({ ...configOf("llama_rope_llama3"), rope_parameters: rest });
    expect(read.rotaryScaling!.originalPositions).toBe(64);
  });
});

test("positions in version 4's words go before version 5's, as there", () => {
  const both = { ...configOf("llama_rope_llama3"), rope_scaling: { rope_type: "linear" } };
  expect(() => shapeOfConfig(both)).toThrow('rope_type "linear"');
});

const mixtral: PolicyShape = shapeOfConfig(configOf("mixtral_4x2"));
test.each([
  [{ architecture: "llama" }, "llama has no mixture"],
  [{ mixture: null }, "mixtral has a mixture; state it"],
  [{ mixture: { experts: 4, perToken: 2, normalised: false } }, "divides by the sum"],
  [{ mixture: { experts: 4, perToken: 2, hidden: 6 } }, "as wide as hidden"],
  [{ mixture: { experts: 4, perToken: 2, denseLayers: [0] } }, "mixtral has no dense layers"],
  [{ mixture: { experts: 300, perToken: 2 } }, "at most 256"],
  [{ slidingWindow: 0 }, "sliding window is 0"],
] as const)("a shape with %o is refused", (wrong, message) => {
  expect(() => checkShape({ ...mixtral, ...wrong } as PolicyShape)).toThrow(message);
});
