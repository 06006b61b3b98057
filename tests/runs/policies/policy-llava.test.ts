import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { VisionConfig } from "../../../src/config/architecture.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import type { PolicyConfig, RunConfig } from "../../../src/config/types.ts";
import {
  initialParameters,
  parameterLayout,
  unpackTensors,
} from "../../../src/engine/policy/parameters.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type Tensor,
} from "../../../src/engine/policy/safetensors.ts";
import { loadedShape } from "../../../src/engine/policy/shape-of.ts";
import { llavaOfConfig, ownName } from "../../../src/engine/policy/vision/llava-config.ts";
import { savedName } from "../../../src/engine/policy/vision/write-llava-config.ts";
import { policyFolder } from "../../../src/runs/policies/policy-folder.ts";
import { readPolicy } from "../../../src/runs/policies/policy-import.ts";
import { task } from "../../../src/tasks/registry.ts";

// The folder of a policy that sees pictures, as transformers' LLaVA has it.

const dots = runFrom("count-dots");
const tower = dots.policy.vision!;
const sampling = { maxCompletionLength: 7, temperature: 0.9 };

type Change = Partial<Omit<PolicyConfig, "vision">> & { vision?: Partial<VisionConfig> };
const changed = ({ vision, ...more }: Change): RunConfig => ({
  ...dots,
  policy: { ...dots.policy, ...more, vision: { ...tower, ...vision } },
});

async function folderOf(run: RunConfig) {
  const shape = await loadedShape(run, task(run.task));
  const weights = unpackTensors(parameterLayout(shape), initialParameters(shape, 5));
  return { weights, files: policyFolder(run, sampling, weights) };
}
const { weights, files } = await folderOf(dots);

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const readJson = (name: string) => JSON.parse(new TextDecoder().decode(files.get(name)));
const tensorsIn = (file: Uint8Array) => decodeSafetensors(file).tensors;
const withFile = (name: string, bytes: Uint8Array<ArrayBuffer>) =>
  new Map([...files, [name, bytes] as const]);
const withConfig = (change: object) =>
  withFile("config.json", json({ ...readJson("config.json"), ...change }));
const withTensors = (tensors: Record<string, Tensor>) =>
  withFile("model.safetensors", encodeSafetensors(tensors));

describe("what is exported is imported as it was, bit for bit:", () => {
  test.each<[string, Change]>([
    ["the preset's", {}],
    [
      "the class token and the last layer, patches that leave a margin, a tied head",
      { tied: true, vision: { selectStrategy: "full", featureLayer: -1, patchSize: 5 } },
    ],
    [
      "an epsilon of its own, biases, heads of another width",
      { attentionBias: true, headDim: 16, vision: { layerNormEps: 1e-6, featureLayer: 1 } },
    ],
  ])("%s", async (_, change) => {
    const run = changed(change);
    const one = await folderOf(run);
    const read = readPolicy(one.files, runFrom("sort"));
    expect(read).toMatchObject({ policy: run.policy, task: "count-dots", widened: [] });
    expect(read.policy).toEqual(run.policy);
    expect(tensorsIn(read.file)).toEqual(one.weights);
  });
});

test("config.json says what transformers' LlavaConfig and CLIPVisionConfig are called here", () => {
  const { text_config: text, ...config } = readJson("config.json");
  expect(config).toEqual({
    architectures: ["LlavaForConditionalGeneration"],
    model_type: "llava",
    image_token_index: 3,
    image_seq_length: 9,
    multimodal_projector_bias: true,
    projector_hidden_act: "gelu",
    tie_word_embeddings: false,
    vision_feature_layer: -2,
    vision_feature_select_strategy: "default",
    vision_config: {
      model_type: "clip_vision_model",
      attention_dropout: 0,
      hidden_act: "quick_gelu",
      hidden_size: 32,
      image_size: 12,
      intermediate_size: 64,
      layer_norm_eps: 1e-5,
      num_attention_heads: 2,
      num_channels: 3,
      num_hidden_layers: 3,
      patch_size: 4,
      projection_dim: 32,
    },
    ...{ bos_token_id: 1, eos_token_id: 1, pad_token_id: 0, torch_dtype: "float32" },
  });
  expect(text).toMatchObject({ model_type: "llama", hidden_size: 32, vocab_size: 14 });
});

describe("the processor", () => {
  test("makes a picture's bytes parts of 1, and its token one for each patch", () => {
    expect(readJson("preprocessor_config.json")).toEqual({
      processor_class: "LlavaProcessor",
      image_processor_type: "CLIPImageProcessor",
      do_convert_rgb: true,
      do_resize: false,
      size: { shortest_edge: 12 },
      do_center_crop: false,
      crop_size: { height: 12, width: 12 },
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: false,
    });
    // transformers: (12 / 4)² patches and the additional token, less 1 where the strategy is default.
    expect(readJson("processor_config.json")).toEqual({
      processor_class: "LlavaProcessor",
      image_token: "<image>",
      patch_size: 4,
      vision_feature_select_strategy: "default",
      num_additional_image_tokens: 1,
    });
    expect(readJson("tokenizer_config.json").extra_special_tokens).toEqual({
      image_token: "<image>",
    });
  });

  test("keeps a picture's token out of what is generated: LLaVA raises at one without a picture", () => {
    expect(readJson("generation_config.json").suppress_tokens).toEqual([3]);
  });
});

describe("names", () => {
  const own = Object.keys(weights);
  const [saved] = [Object.keys(tensorsIn(files.get("model.safetensors")!))];

  test("are saved as every version of transformers opens them, and read back", () => {
    expect(saved).toEqual(own.map(savedName));
    expect(saved.map(ownName)).toEqual(own);
    expect([...new Set(saved.map((name) => name.split(".").slice(0, 2).join(".")))]).toEqual([
      "language_model.model",
      "language_model.lm_head",
      "vision_tower.vision_model",
      "multi_modal_projector.linear_1",
      "multi_modal_projector.linear_2",
    ]);
  });

  test.each<[string, (name: string) => string]>([
    ["transformers 5 saves", (name) => name.replace("vision_tower.vision_model.", "vision_tower.")],
    [
      "a model of transformers 5 has",
      (name) =>
        name
          .replace("language_model.lm_head.", "lm_head.")
          .replace("language_model.model.", "model.language_model.")
          .replace("vision_tower.vision_model.", "model.vision_tower.")
          .replace("multi_modal_projector.", "model.multi_modal_projector."),
    ],
  ])("that %s are read", (_, nameOf) => {
    const all = tensorsIn(files.get("model.safetensors")!);
    const renamed = Object.entries(all).map(([name, each]) => [nameOf(name), each] as const);
    const read = readPolicy(withTensors(Object.fromEntries(renamed)), dots);
    expect(renamed.map(([name]) => name)).not.toEqual(saved);
    expect(tensorsIn(read.file)).toEqual(weights);
  });

  test("two of one tensor are refused", () => {
    const all = tensorsIn(files.get("model.safetensors")!);
    const twice = { ...all, "lm_head.weight": all["language_model.lm_head.weight"]! };
    expect(() => readPolicy(withTensors(twice), dots)).toThrow(
      "model.safetensors has lm_head.weight twice: language_model.lm_head.weight, lm_head.weight",
    );
  });

  test("and forms of what transformers saved are the layout's", async () => {
    const url = new URL("../../fixtures/llava.json", import.meta.url);
    const { cases } = JSON.parse(await readFile(url, "utf8")) as {
      cases: { config: object; weights: Record<string, { shape: number[] }> }[];
    };
    for (const one of cases) {
      const { tensors } = parameterLayout(llavaOfConfig({ ...one.config }).shape);
      const sizes = Object.entries(one.weights).map(([name, { shape }]) => [ownName(name), shape]);
      expect(Object.fromEntries(sizes)).toEqual(
        Object.fromEntries(tensors.map(({ name, shape }) => [name, shape])),
      );
    }
    expect(cases).toHaveLength(3);
  });
});

describe("what is not as it is here is refused by its name:", () => {
  const vision = (change: object) => ({
    vision_config: { ...readJson("config.json").vision_config, ...change },
  });
  test.each(
    (
      [
        [{ vision_feature_layer: [-2, -3] }, "config.json has vision_feature_layer [-2,-3]"],
        [{ vision_feature_layer: 4 }, "vision.featureLayer is 4; it is from 0 to 3"],
        [{ projector_hidden_act: "silu" }, 'projector_hidden_act "silu"; only gelu is computed'],
        [vision({ hidden_act: "gelu" }), 'vision_config.hidden_act "gelu"; only quick_gelu'],
        [vision({ model_type: "siglip_vision_model" }), "only clip_vision_model is computed"],
        [
          vision({ image_size: 336 }),
          "vision_config.image_size 336; the pictures of the task count-dots are 12 pixels wide",
        ],
        [
          vision({ num_channels: 1 }),
          "vision_config.num_channels 1; pictures are red, green and blue",
        ],
        [
          { image_token_index: 5 },
          "image_token_index 5; <image> is token 3 of the task count-dots",
        ],
        [{ model_type: "llava_next" }, 'model_type "llava_next"; llama, '],
      ] satisfies [object, string][]
    ).map(([change, says]) => [says, change] as const),
  )("%s", (says, change) => {
    expect(() => readPolicy(withConfig(change), dots)).toThrow(says);
  });

  test("a text model that is no llama", () => {
    const text = { ...readJson("config.json").text_config, model_type: "qwen2" };
    expect(() => readPolicy(withConfig({ text_config: text }), dots)).toThrow(
      'config.json has text_config.model_type "qwen2"; only llama is computed',
    );
  });

  test.each<[object, string]>([
    [{ do_normalize: true }, "do_normalize true; pixels are from 0 to 1 here"],
    [{ do_rescale: false }, "do_rescale false; pixels are from 0 to 1 here"],
    [{ rescale_factor: 1 }, "rescale_factor 1; it is 1 / 255 here"],
    [
      { do_resize: true, size: { shortest_edge: 336 } },
      'size {"shortest_edge":336}; pictures are 12 wide here',
    ],
    [
      { do_center_crop: true, crop_size: { height: 8, width: 12 } },
      'crop_size {"height":8,"width":12}; pictures are 12 wide here',
    ],
  ])("%j of the pictures", (change, says) => {
    const stated = { ...readJson("preprocessor_config.json"), ...change };
    const older = withFile("preprocessor_config.json", json(stated));
    expect(() => readPolicy(older, dots)).toThrow(`preprocessor_config.json has ${says}`);
    // transformers 5 has it within the other file, which counts where both are there.
    const whole = { ...readJson("processor_config.json"), image_processor: stated };
    const newer = withFile("processor_config.json", json(whole));
    expect(() => readPolicy(newer, dots)).toThrow(`processor_config.json has ${says}`);
  });

  test("a size that changes nothing is none, and what is not said is CLIP's", () => {
    const same = { do_resize: true, size: { shortest_edge: 12 }, do_center_crop: true };
    const stated = { ...readJson("preprocessor_config.json"), ...same };
    const read = (value: object) =>
      readPolicy(withFile("preprocessor_config.json", json(value)), dots);
    expect(read(stated).policy).toEqual(dots.policy);
    expect(() => read({})).toThrow("preprocessor_config.json has do_normalize true");
    const without = new Map([...files].filter(([name]) => !name.endsWith("processor_config.json")));
    expect(readPolicy(without, dots).policy).toEqual(dots.policy);
  });

  test("a policy that sees and a task that shows nothing, and the other way round", () => {
    const { vocabulary } = task("copy");
    const text = { ...readJson("config.json").text_config, vocab_size: vocabulary.length };
    const blind = new Map([...withConfig({ text_config: text })]);
    blind.delete("tokenizer.json");
    expect(() => readPolicy(blind, runFrom("copy"))).toThrow(
      "it sees pictures, and the task copy shows none",
    );
    const llama = withFile("config.json", json(readJson("config.json").text_config));
    expect(() => readPolicy(llama, runFrom("sort"))).toThrow(
      "it sees no pictures, and the task count-dots shows them",
    );
  });

  test("a tensor that is missing", () => {
    const { "vision_tower.vision_model.pre_layrnorm.bias": _, ...others } = tensorsIn(
      files.get("model.safetensors")!,
    );
    expect(() => readPolicy(withTensors(others), dots)).toThrow(
      "model.safetensors has no vision_tower.pre_layrnorm.bias",
    );
  });
});
