import { describe, expect, test } from "vitest";
import type { RunConfig } from "../../../src/config/types.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type Tensor,
} from "../../../src/engine/policy/safetensors.ts";
import {
  initialParameters,
  parameterLayout,
  unpackParameters,
} from "../../../src/engine/policy/parameters.ts";
import { policyShape } from "../../../src/engine/policy/shape-of.ts";
import { task } from "../../../src/tasks/registry.ts";
import { readPolicy } from "../../../src/runs/policies/policy-import.ts";
import { policyFolder } from "../../../src/runs/policies/policy-folder.ts";
import { writeZip } from "../../../src/runs/formats/zip.ts";
import { referencePolicy } from "../../support/reference-policy.ts";
import { filesInZip } from "../../support/readers/zip.ts";
import { run } from "../formats/example-run.ts";

const weightsOf = (of: RunConfig): Record<string, Tensor> => {
  const shape = policyShape(of, task(of.task));
  const layout = parameterLayout(shape);
  const values = unpackParameters(layout, initialParameters(shape, 5));
  return Object.fromEntries(
    layout.tensors.map(({ name, shape: sizes }) => [name, { shape: sizes, data: values[name]! }]),
  );
};
const weights = weightsOf(run);
const sampling = { maxCompletionLength: 8, temperature: 0.9 };
const zip = writeZip(policyFolder(run, sampling, weights));
const folder = new Map([...filesInZip(zip)].map(([name, bytes]) => [name, new Uint8Array(bytes)]));
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const readJson = (name: string) => JSON.parse(Buffer.from(folder.get(name)!).toString());
const other: RunConfig = { ...run, policy: { ...run.policy, layers: 1, width: 16 }, task: "add" };

/** As the format's description has it: header length, JSON, little-endian floats. */
function tensorsIn(bytes: Uint8Array): Record<string, number[]> {
  const file = Buffer.from(bytes);
  const start = 8 + Number(file.readBigUInt64LE());
  const header: Record<string, { dtype: string; data_offsets: [number, number] }> = JSON.parse(
    file.toString("utf8", 8, start),
  );
  return Object.fromEntries(
    Object.entries(header)
      .filter(([name]) => name !== "__metadata__")
      .map(
        ([
          name,
          {
            data_offsets: [from, to],
          },
        ]) => [
          name,
          Array.from({ length: (to - from) / 4 }, (_, i) => file.readFloatLE(start + from + 4 * i)),
        ],
      ),
  );
}

test("the archive's config and tensors make the same logits in float64, read independently", () => {
  const config = readJson("config.json");
  const shape = {
    layers: config.num_hidden_layers,
    width: config.hidden_size,
    heads: config.num_attention_heads,
    kvHeads: config.num_key_value_heads,
    hidden: config.intermediate_size,
    tied: config.tie_word_embeddings,
    rmsNormEps: config.rms_norm_eps,
    ropeTheta: config.rope_theta,
    vocab: config.vocab_size,
    padTokenId: null,
  };
  const batch = {
    B: 1,
    T: 6,
    head: 0,
    tokens: [4, 7, 5, 3, 6, 1],
    start: [0],
    targets: [7, 5, 3, 6, 1, 0],
    temperature: 1,
  };
  const exported = referencePolicy(shape, tensorsIn(folder.get("model.safetensors")!), batch);
  const ours = Object.fromEntries(
    Object.entries(weights).map(([name, { data }]) => [name, [...data]]),
  );
  const expected = referencePolicy(policyShape(run, task(run.task)), ours, batch);
  expect(exported.logits).toEqual(expected.logits);
  expect(new Set(exported.logits).size).toBeGreaterThan(50);
});

describe("a policy is read from", () => {
  test("the archive, its folder, and a folder within a folder, whatever the run is", () => {
    const nested = new Map([...folder].map(([name, bytes]) => [`model/v1/${name}`, bytes]));
    for (const files of [new Map([["policy.zip", zip]]), folder, nested]) {
      const { policy, task: id, file } = readPolicy(files, other);
      expect(policy).toEqual(run.policy);
      expect(id).toBe(run.task);
      expect(file).toEqual(folder.get("model.safetensors"));
    }
  });

  test("a config.json that newer versions write", () => {
    const { rope_theta, rope_scaling: _, ...config } = readJson("config.json");
    const newer = { ...config, rope_parameters: { rope_theta, rope_type: "default" } };
    expect(readPolicy(new Map([...folder, ["config.json", json(newer)]]), other).policy).toEqual(
      run.policy,
    );
  });
});

describe("what cannot be trained here is refused before a tensor is read", () => {
  const withConfig = (change: object) =>
    new Map([...folder, ["config.json", json({ ...readJson("config.json"), ...change })]]);
  const mistral = (change: object) => withConfig({ model_type: "mistral", ...change });
  const withTensors = (change: Record<string, Tensor>) =>
    new Map([...folder, ["model.safetensors", encodeSafetensors({ ...weights, ...change })]]);
  const norm = { shape: [3], data: new Float32Array(3) };

  test.each([
    [
      "another architecture",
      withConfig({ model_type: "gpt2" }),
      /model_type "gpt2"; llama, qwen2, .* are computed/,
    ],
    ["no architecture", withConfig({ model_type: undefined }), /has no model_type/],
    ["another activation", withConfig({ hidden_act: "gelu" }), /hidden_act "gelu"; .* "silu"/],
    ["no width", withConfig({ hidden_size: undefined }), /config\.json has no hidden_size/],
    [
      "a width in words",
      withConfig({ hidden_size: "wide" }),
      /hidden_size "wide"; it takes a number/,
    ],
    [
      "too many layers",
      withConfig({ num_hidden_layers: 99 }),
      /num_hidden_layers 99; here it takes/,
    ],
    [
      "biases that its file has not",
      withConfig({ attention_bias: true }),
      /has no model\.layers\.0\.self_attn\.q_proj\.bias/,
    ],
    ["positions scaled by another rule", withConfig({ rope_scaling: { type: "yarn" } }), /"yarn"/],
    [
      "a window that is too wide",
      mistral({ sliding_window: 5000 }),
      /sliding_window 5000; here it/,
    ],
    [
      "weights in another form",
      withConfig({ quantization_config: { quant_method: "mxfp4" } }),
      /quantization_config \{"quant_method":"mxfp4"\}; only null/,
    ],
    ["too wide", withConfig({ hidden_size: 4096 }), /4096|head/],
    ["heads that do not divide", withConfig({ num_key_value_heads: 3 }), /does not divide/],
    ["another vocabulary", withConfig({ vocab_size: 32_000 }), /32000 tokens; the task sort/],
    ["a norm of another length", withTensors({ "model.norm.weight": norm }), /norm\.weight is 3; /],
    ["a tensor too many", withTensors({ "model.extra": norm }), /it also has model\.extra/],
    [
      "a tokenizer of no task",
      new Map([...folder, ["tokenizer.json", json({ model: { vocab: { a: 0 } } })]]),
      /1 tokens that are no task/,
    ],
    [
      "pickled weights",
      new Map([["pytorch_model.bin", json({})]]),
      /pickled \(pytorch_model\.bin\), which can run code/,
    ],
    [
      "pickled weights in parts",
      new Map([["pytorch_model.bin.index.json", json({})]]),
      /pickled \(pytorch_model\.bin\.index\.json\)/,
    ],
    ["no weights", new Map([["config.json", json({})]]), /no model\.safetensors/],
    [
      "a cut file",
      new Map([...folder, ["model.safetensors", folder.get("model.safetensors")!.slice(0, 4000)]]),
      /the file (has|holds)/,
    ],
    [
      "no JSON",
      new Map([...folder, ["config.json", new TextEncoder().encode("{")]]),
      /config\.json is not JSON/,
    ],
  ])("%s", (_, files, message) => {
    expect(() => readPolicy(files, run)).toThrow(message);
  });
});

/** A file of one tensor of 16-bit numbers. */
function sixteen(dtype: string, bits: Uint16Array): Uint8Array<ArrayBuffer> {
  const header = { x: { dtype, shape: [bits.length], data_offsets: [0, 2 * bits.length] } };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([length, text, new Uint8Array(bits.buffer)]));
}

/** By the formats' definition, digit by digit: sign, exponent, fraction of so many bits. */
function numberOf(bits: number, exponentBits: number): number {
  const digits = bits.toString(2).padStart(16, "0");
  const sign = digits.startsWith("1") ? -1 : 1;
  const exponent = Number.parseInt(digits.slice(1, 1 + exponentBits), 2);
  const fraction = digits.slice(1 + exponentBits);
  const bias = 2 ** (exponentBits - 1) - 1;
  const below = [...fraction].reduce((sum, each, i) => sum + Number(each) / 2 ** (i + 1), 0);
  if (exponent === 2 ** exponentBits - 1) return below === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? below * 2 ** (1 - bias) : (1 + below) * 2 ** (exponent - bias));
}

test.each([
  ["F16", 5],
  ["BF16", 8],
])("every number that %s has becomes the same number in float32", (dtype, exponentBits) => {
  const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
  const { data } = decodeSafetensors(sixteen(dtype, bits)).tensors.x!;
  const wrong = [...bits].filter((each, i) => !Object.is(data[i], numberOf(each, exponentBits)));
  expect(wrong).toEqual([]);
});

test("weights of 16 bits are taken in, and it is said; other types are refused", () => {
  const bytes = Buffer.from(folder.get("model.safetensors")!);
  const start = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString("utf8", 8, start));
  const as = (dtype: string) => {
    const halved = Object.fromEntries(
      Object.entries<{ shape: number[]; data_offsets: number[] }>(header)
        .filter(([name]) => name !== "__metadata__")
        .map(([name, { shape, data_offsets }]) => [
          name,
          { dtype, shape, data_offsets: data_offsets.map((at) => at / 2) },
        ]),
    );
    const text = Buffer.from(JSON.stringify(halved));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(text.length));
    const data = Buffer.alloc((bytes.length - start) / 2);
    const file = new Uint8Array(Buffer.concat([length, text, data]));
    return readPolicy(new Map([...folder, ["model.safetensors", file]]), run);
  };
  expect(as("BF16").widened).toEqual(["BF16"]);
  expect(readPolicy(folder, run).widened).toEqual([]);
  expect(() => as("I16")).toThrow(/is I16; F32, F16, BF16 are read/);
});

describe("tensors whose bytes do not lie one after the other are refused", () => {
  const norm = { shape: [2], data: Float32Array.of(1, 2) };
  const file = Buffer.from(encodeSafetensors({ a: norm, b: norm }));
  const bent = (from: string, to: string) =>
    new Uint8Array(Buffer.from(file.toString("latin1").replace(from, to), "latin1"));

  test.each([
    ["shared bytes", bent("[8,16]", "[0, 8]"), /^b begins at byte \d+, not at \d+$/],
    [
      "a hole",
      new Uint8Array(Buffer.concat([bent("[8,16]", "[9,17]"), Buffer.alloc(1)])),
      /begins/,
    ],
    ["bytes left over", new Uint8Array(Buffer.concat([file, Buffer.alloc(4)])), /the file has/],
  ])("%s", (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });
});
