import { describe, expect, test } from "vitest";
import {
  initialParameters,
  parameterLayout,
  unpackParameters,
} from "../../../src/engine/policy/parameters.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type Tensor,
} from "../../../src/engine/policy/safetensors.ts";
import { policyShape } from "../../../src/engine/policy/shape-of.ts";
import { task } from "../../../src/tasks/registry.ts";
import { policyFolder } from "../../../src/runs/policies/policy-folder.ts";
import { readPolicy } from "../../../src/runs/policies/policy-import.ts";
import { writeZip } from "../../../src/runs/formats/zip.ts";
import { run } from "../formats/example-run.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const json = (value: unknown): Bytes => new TextEncoder().encode(JSON.stringify(value));

/** A policy's weights; another seed, other weights. */
function weightsOf(seed: number, of = run): Record<string, Tensor> {
  const shape = policyShape(of, task(of.task));
  const layout = parameterLayout(shape);
  const values = unpackParameters(layout, initialParameters(shape, seed));
  return Object.fromEntries(
    layout.tensors.map(({ name, shape: sizes }) => [name, { shape: sizes, data: values[name]! }]),
  );
}

const sampling = { maxCompletionLength: 8, temperature: 0.9 };
const folder = (seed: number): [string, Bytes][] => [
  ...policyFolder(run, sampling, weightsOf(seed)),
];
const at = (path: string, files: readonly (readonly [string, Bytes])[]): [string, Bytes][] =>
  files.map(([name, bytes]) => [`${path}/${name}`, bytes]);
const without = (files: readonly [string, Bytes][], name: string) =>
  files.filter(([each]) => each !== name);

const said = (files: readonly (readonly [string, Bytes])[]): string => {
  try {
    readPolicy(new Map(files), run);
  } catch (error) {
    return error instanceof Error ? `${error.message} ${String(Reflect.get(error, "remedy"))}` : "";
  }
  throw new Error("it was taken");
};

describe("which policy of a folder", () => {
  const twoCheckpoints = [
    ["outdir/README.md", json("")] as const,
    // As a file system lists them: 10 comes before 9.
    ...at("outdir/checkpoint-10", folder(10)),
    ...at("outdir/checkpoint-9", folder(9)),
    ["outdir/checkpoint-10/trainer_state.json", json({})] as const,
  ];

  test("of several checkpoints the newest, named, and the others with it", () => {
    const { name, others, file } = readPolicy(new Map(twoCheckpoints), run);
    expect([name, others]).toEqual(["outdir/checkpoint-10", ["outdir/checkpoint-9"]]);
    expect(file).toEqual(new Map(folder(10)).get("model.safetensors"));
  });

  test("in an archive too", () => {
    const zip = writeZip(new Map(twoCheckpoints));
    const { name, others } = readPolicy(new Map([["outdir.zip", zip]]), run);
    expect([name, others]).toEqual(["outdir/checkpoint-10 of outdir.zip", ["outdir/checkpoint-9"]]);
  });

  test("what training ended with comes before its checkpoints", () => {
    const ended = [...twoCheckpoints, ...at("outdir", folder(11))];
    const { name, file } = readPolicy(new Map(ended), run);
    expect(name).toBe("outdir");
    expect(file).toEqual(new Map(folder(11)).get("model.safetensors"));
  });

  test("of two policies none", () => {
    expect(said([...at("a", folder(1)), ...at("b", folder(2))])).toBe(
      "The policy cannot be used: there are 2 in these folders (a, b). Choose the folder of one of them.",
    );
  });

  test("the configuration is the one beside the weights", () => {
    const other = new Map(folder(1)).get("config.json")!;
    const files = [["config.json", other] as const, ...at("in", without(folder(1), "config.json"))];
    expect(said(files)).toMatch(/there is no config\.json beside model\.safetensors in in,/);
  });

  test("its heads are those of its own configuration, whatever the run on the page has", () => {
    const config = JSON.parse(new TextDecoder().decode(new Map(folder(1)).get("config.json")));
    const halved = { num_attention_heads: 1, num_key_value_heads: 1, head_dim: run.policy.width };
    const one = { ...run, policy: { ...run.policy, heads: 1, kvHeads: 1 } };
    const files = new Map([
      ...policyFolder(one, sampling, weightsOf(1, one)),
      ["config.json", json({ ...config, ...halved })],
    ]);
    expect(readPolicy(files, run).policy).toEqual(one.policy);
  });

  test("weights alone do not say how many heads they have", () => {
    const weights = new Map(folder(1)).get("model.safetensors")!;
    expect(said([["mine.safetensors", weights]])).toBe(
      "The policy cannot be used: there is no config.json beside mine.safetensors, and weights do not say how many heads they are cut into, nor rope_theta. Choose the folder that has both, or both files together.",
    );
    const config = new Map(folder(1)).get("config.json")!;
    const both = new Map([
      ["mine.safetensors", weights],
      ["config.json", config],
    ]);
    expect(readPolicy(both, run)).toMatchObject({ policy: run.policy, name: "mine.safetensors" });
  });
});

test("a damaged file is called that before it is asked for its configuration", () => {
  expect(said([["mine.safetensors", json("no tensors here")]])).toMatch(
    /mine\.safetensors: the header claims \d+ bytes/,
  );
});

describe("an adapter is called one", () => {
  const factor = { shape: [2, 4], data: new Float32Array(8) };
  const tensors = encodeSafetensors({
    "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": factor,
  });
  const merged = /Merge it in Python: .*merge_and_unload/;

  test.each<[string, [string, Bytes][], RegExp]>([
    [
      "PEFT's folder",
      [
        ["a/adapter_config.json", json({ peft_type: "LORA", base_model_name_or_path: "me/base" })],
        ["a/adapter_model.safetensors", tensors],
      ],
      /this is a LoRA adapter of me\/base, which holds changes/,
    ],
    [
      "its weights alone",
      [["adapter_model.safetensors", tensors]],
      /this is a LoRA adapter, which/,
    ],
    ["its weights under another name", [["mine.safetensors", tensors]], /this is a LoRA adapter/],
    [
      "another kind",
      [["adapter_config.json", json({ peft_type: "IA3" })]],
      /this is a PEFT adapter \(IA3\)/,
    ],
    [
      "under a model's name",
      [
        ["model.safetensors", tensors],
        ["config.json", new Map(folder(1)).get("config.json")!],
      ],
      /this is a LoRA adapter/,
    ],
  ])("%s", (_, files, message) => {
    expect(said(files)).toMatch(message);
    expect(said(files)).toMatch(merged);
  });
});

describe("weights in parts", () => {
  const weights = weightsOf(3);
  const names = Object.keys(weights);
  const half = names.length >> 1;
  const part = (which: readonly string[]) =>
    encodeSafetensors(Object.fromEntries(which.map((name) => [name, weights[name]!])));
  const [first, second] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const map = Object.fromEntries(names.map((name, i) => [name, i < half ? first : second]));
  const index = "model.safetensors.index.json";
  const files: [string, Bytes][] = [
    ...without(folder(3), "model.safetensors"),
    [index, json({ metadata: { total_size: 1 }, weight_map: map })],
    [first, part(names.slice(0, half))],
    [second, part(names.slice(half))],
  ];

  test("are the same policy", () => {
    const { file, policy, name } = readPolicy(new Map(at("m", files)), run);
    expect(policy).toEqual(run.policy);
    expect(name).toBe("m");
    expect(decodeSafetensors(file).tensors).toEqual(
      decodeSafetensors(new Map(folder(3)).get("model.safetensors")!).tensors,
    );
  });

  test.each<[string, [string, Bytes][], RegExp]>([
    [
      "a part is missing",
      without(files, second),
      /00002\.safetensors, which .*index\.json names, is/,
    ],
    [
      "a tensor is missing",
      [...without(files, second), [second, part(names.slice(half + 1))]],
      /index\.json has .* in model-00002-of-00002\.safetensors, where it is not/,
    ],
    [
      "a tensor is there twice",
      [...without(files, second), [second, part(names.slice(half - 1))]],
      /is in model-00001.* and in model-00002/,
    ],
    ["no map", [...without(files, index), [index, json({})]], /has no weight_map/],
    ["no index", without(files, index), /there are 2 safetensors files .* and no .*index\.json/],
  ])("%s", (_, changed, message) => {
    expect(said(changed)).toMatch(message);
  });
});

describe("numbers that are none", () => {
  test.each([
    [[NaN], "NaN in 1 of its"],
    [[Infinity, -Infinity], "infinity in 2 of its"],
    [[NaN, Infinity], "NaN or infinity in 2 of its"],
  ])("%o are said with their tensor", (bad, found) => {
    const weights = weightsOf(4);
    weights["model.norm.weight"]!.data.set(bad);
    const files = [...folder(4), ["model.safetensors", encodeSafetensors(weights)] as const];
    expect(said(files)).toContain(`model.norm.weight has ${found} ${run.policy.width} numbers.`);
  });
});
