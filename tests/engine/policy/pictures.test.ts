import { describe, expect, test } from "vitest";
import { storageBuffer, storageBufferOf } from "../../../src/engine/gpu/buffers.ts";
import { readFloats } from "../../../src/engine/gpu/readback.ts";
import {
  initialParameters,
  parameterLayout,
  unpackParameters,
} from "../../../src/engine/policy/parameters.ts";
import { createPolicy } from "../../../src/engine/policy/policy.ts";
import type { PolicyShape } from "../../../src/engine/policy/shape.ts";
import { llavaOfConfig, ownName } from "../../../src/engine/policy/vision/llava-config.ts";
import { tokensOfPicture } from "../../../src/engine/policy/picture-tokens.ts";
import { visionTensors } from "../../../src/engine/policy/vision/tensors.ts";
import { towerOf } from "../../../src/engine/policy/vision/tower.ts";
import { createDecoder } from "../../../src/engine/sampler/decoder.ts";
import { expectClose, wave } from "../../support/numeric.ts";
import { run, withDevice, withRegisters } from "../../support/with-device.ts";

const vision = { imageSize: 6, patchSize: 3, width: 12, layers: 2, heads: 2, hidden: 20 };

function policyOf(more: Partial<NonNullable<PolicyShape["vision"]>> = {}): PolicyShape {
  const shape: PolicyShape = {
    ...{ layers: 1, width: 16, heads: 2, kvHeads: 1, hidden: 20, vocab: 11, tied: false },
    ...{ padTokenId: null, rmsNormEps: 1e-5, ropeTheta: 10_000 },
    vision: { ...vision, ...more },
  };
  return { ...shape, visionTensors: visionTensors(shape) };
}

/** Four patches of a picture, then three tokens of text. */
const row = (shape: PolicyShape, picture: number, text: readonly number[]) => [
  ...tokensOfPicture(shape, picture),
  ...text,
];
const PIXELS = 3 * 6 * 6;
const picture = (n: number) => wave(PIXELS, 0.7 + n).map(Math.fround);

interface Given {
  shape: PolicyShape;
  rows: number[][];
  pictures: number[][];
  /** Pictures at most. */
  most?: number;
}

/** Logits and gradients of one pass; each row's scored tokens are those of its text. */
async function passOf(device: GPUDevice, { shape, rows, pictures, most }: Given) {
  const layout = parameterLayout(shape);
  const [B, T] = [rows.length, rows[0]!.length];
  const params = storageBufferOf(device, "weights", "params", initialParameters(shape, 3));
  const dparams = storageBuffer(device, "weights", "dparams", layout.length);
  const batch = { B, T, head: 4, ...(most !== undefined && { pictures: most }) };
  const policy = await createPolicy(withRegisters(device), shape, batch, { params, dparams });
  policy.load({ tokens: Uint32Array.from(rows.flat()), start: new Uint32Array(B), end: null });
  policy.pictures!.load({ pixels: Float32Array.from(pictures.flat()), begin: 0 });
  const targets = rows.flatMap((tokens) => [...tokens.slice(5), 1]);
  device.queue.writeBuffer(policy.targets, 0, Uint32Array.from(targets));
  // A row's gradient is its text's, whatever row it is.
  const dlogp = rows.flatMap((tokens) => wave(T - 4, 1.3 + tokens.at(-1)!));
  device.queue.writeBuffer(policy.dlogp, 0, Float32Array.from(dlogp));
  run(device, policy.forward, policy.backward);
  const logits = Array.from(await readFloats(device, policy.logits));
  const gradients = unpackParameters(layout, await readFloats(device, dparams));
  for (const each of [policy, params, dparams]) each.destroy();
  return { logits, gradients };
}

describe("one picture for several rows", () => {
  const texts = [
    [3, 4, 5],
    [3, 6, 2],
    [7, 4, 9],
  ];
  const shape = policyOf({ frozen: false });
  const shared: Given = {
    shape,
    rows: texts.map((text, i) => row(shape, i === 2 ? 0 : 1, text)),
    pictures: [picture(0), picture(1)],
    most: 2,
  };

  test("gives what a copy of it for each row gives", () =>
    withDevice(async (device) => {
      const each: Given = {
        shape,
        rows: texts.map((text, i) => row(shape, i, text)),
        pictures: [picture(1), picture(1), picture(0)],
      };
      const [once, copied] = [await passOf(device, shared), await passOf(device, each)];
      expect(once.logits).toEqual(copied.logits);
      const largest = Object.values(copied.gradients).flatMap((all) => [...all].map(Math.abs));
      const atol = 1e-6 * Math.max(...largest);
      for (const [name, wanted] of Object.entries(copied.gradients)) {
        expectClose([...once.gradients[name]!], [...wanted], { rtol: 1e-5, atol });
      }
      const used = ["vision_tower.encoder.layers.0.mlp.fc1.weight", "model.norm.weight"];
      for (const name of used)
        expect(once.gradients[name]!.some((value) => value !== 0)).toBe(true);
    }));

  test("gives the same bits every time, whatever was there before", () =>
    withDevice(async (device) => {
      expect(await passOf(device, shared)).toEqual(await passOf(device, shared));
      // Room for pictures that are not there changes nothing.
      const roomy = await passOf(device, { ...shared, most: 5 });
      expect(roomy.logits).toEqual((await passOf(device, shared)).logits);
    }));

  test("a frozen tower has no gradient; all else is the same to the bit", () =>
    withDevice(async (device) => {
      const [trained, frozen] = [
        await passOf(device, shared),
        await passOf(device, { ...shared, shape: policyOf() }),
      ];
      expect(frozen.logits).toEqual(trained.logits);
      for (const [name, found] of Object.entries(frozen.gradients)) {
        const own = name.startsWith("vision_tower.");
        expect(found, name).toEqual(own ? new Float32Array(found.length) : trained.gradients[name]);
      }
    }));

  test("more of them than there is room for are refused", () =>
    withDevice(async (device) => {
      await expect(passOf(device, { ...shared, most: 1 })).rejects.toThrow(
        "2 pictures are more than 1",
      );
    }));
});

describe("the sampler", () => {
  const sampling = {
    ...{ temperature: 0, topK: 0, topP: 1, minP: 0, seed: 0, generation: 0, eos: null, pad: 0 },
  };
  const shape = policyOf();

  const decoded = async (device: GPUDevice, rows: number[][], pictures: number[][]) => {
    const params = storageBufferOf(device, "weights", "params", initialParameters(shape, 3));
    const [G, P] = [2, rows[0]!.length];
    const own = { B: rows.length * G, P, K: 1, G };
    const decoder = await createDecoder(withRegisters(device), shape, own, params);
    try {
      await decoder.sample(
        {
          promptTokens: Uint32Array.from(rows.flat()),
          start: new Uint32Array(rows.length),
          pictures: { pixels: Float32Array.from(pictures.flat()), begin: 0 },
        },
        sampling,
      );
      return Array.from(await readFloats(device, decoder.logits));
    } finally {
      decoder.destroy();
      params.destroy();
    }
  };

  test("sees what the trainer sees, each prompt its own picture", () =>
    withDevice(async (device) => {
      const rows = [row(shape, 0, [3, 4, 5]), row(shape, 1, [3, 4, 5])];
      const pictures = [picture(0), picture(1)];
      const { logits } = await passOf(device, { shape, rows, pictures });
      const found = await decoded(device, rows, pictures);
      // Rows of the trainer: three texts a prompt; of the sampler: two completions a prompt.
      const last = (prompt: number) => logits.slice((prompt * 3 + 2) * 12, (prompt * 3 + 3) * 12);
      const all = [last(0), last(0), last(1), last(1)].flat();
      expectClose(found, all, { rtol: 1e-5 });
      expect(Math.max(...last(0).map((value, i) => Math.abs(value - last(1)[i]!)))).toBeGreaterThan(
        1e-3,
      );
    }));

  test("takes a prompt of which one token comes after its picture", () =>
    withDevice(async (device) => {
      const logits = await decoded(device, [row(shape, 0, [5])], [picture(0)]);
      expect(logits.every(Number.isFinite)).toBe(true);
    }));

  test("refuses a prompt that ends with its picture", () =>
    withDevice(async (device) => {
      const rows = [[3, 4, 5, ...row(shape, 0, [])]];
      await expect(decoded(device, rows, [picture(0)])).rejects.toThrow(
        "put a token of text behind it",
      );
    }));
});

test("weight decay leaves out a frozen tower, and norms and biases of one that is trained", () => {
  const decayed = (shape: PolicyShape) =>
    parameterLayout(shape).tensors.flatMap(({ name, decay }) => (decay ? [name] : []));
  const text = ["model.embed_tokens.weight", "lm_head.weight"];
  const projector = [
    "multi_modal_projector.linear_1.weight",
    "multi_modal_projector.linear_2.weight",
  ];
  const [frozen, trained] = [decayed(policyOf()), decayed(policyOf({ frozen: false }))];
  expect(frozen).toEqual(expect.arrayContaining([...text, ...projector]));
  expect(frozen.filter((name) => name.startsWith("vision_tower."))).toEqual([]);
  expect(trained.filter((name) => /bias|norm/.test(name))).toEqual([]);
  expect(trained.filter((name) => name.startsWith("vision_tower."))).toHaveLength(3 + 2 * 6);
  // Where every parameter decays, a frozen tower does not all the same.
  const all = parameterLayout(policyOf(), true).tensors;
  for (const { name, decay } of all) expect(decay).toBe(!name.startsWith("vision_tower."));
});

test.each([
  [{ imageSize: 0 }, "vision.imageSize is 0; it is a whole number of at least 1"],
  [{ heads: 5 }, "vision.heads is 5; it is a divisor of width, 12"],
  [{ patchSize: 7 }, "vision.patchSize is 7; it is at most imageSize, 6"],
  [{ featureLayer: 3 }, "vision.featureLayer is 3; it is from 0 to 2, or below 0 from the end"],
])("a tower with %j is refused", (wrong, says) => {
  expect(() => towerOf({ ...vision, ...wrong }, policyOf())).toThrow(says);
});

describe("a LLaVA's config.json", () => {
  const config = {
    image_token_id: 3,
    text_config: {
      ...{ vocab_size: 20, hidden_size: 16, intermediate_size: 24, num_hidden_layers: 1 },
      num_attention_heads: 2,
    },
    vision_config: {
      ...{ image_size: 8, patch_size: 4, hidden_size: 12, num_hidden_layers: 3 },
      ...{ num_attention_heads: 2, intermediate_size: 20 },
    },
  };

  test("has the defaults of transformers", () => {
    const { shape, imageToken } = llavaOfConfig(config);
    expect(imageToken).toBe(3);
    // A shape leaves out what is usual.
    expect(shape.vision).toEqual({
      ...{ imageSize: 8, patchSize: 4, width: 12, layers: 3, heads: 2, hidden: 20 },
    });
    expect(towerOf(shape.vision!, shape)).toMatchObject({
      ...{ channels: 3, eps: 1e-5, depth: 2, skip: 1, S: 5 },
    });
    const stated = { vision_feature_layer: 1, vision_feature_select_strategy: "full" };
    expect(llavaOfConfig({ ...config, ...stated }).shape.vision).toMatchObject({
      ...{ featureLayer: 1, selectStrategy: "full" },
    });
  });

  test.each([
    [{}, {}, false],
    [{ tie_word_embeddings: true }, {}, true],
    [{ tie_word_embeddings: false }, { tie_word_embeddings: true }, true],
  ])("ties its head where %j or its text's %j says so", (whole, text, tied) => {
    const text_config = { ...config.text_config, ...text };
    expect(llavaOfConfig({ ...config, ...whole, text_config }).shape.tied).toBe(tied);
  });

  test.each([
    [{ projector_hidden_act: "relu" }, "config.json has projector_hidden_act"],
    [{ multimodal_projector_bias: false }, "only true is computed"],
    [{ vision_feature_select_strategy: "odd" }, "default and full are computed"],
    [{ vision_config: undefined }, "config.json has no vision_config"],
    [{ image_token_id: undefined }, "config.json has no image_token_id"],
    [
      { vision_config: { ...config.vision_config, hidden_act: "gelu" } },
      "config.json has vision_config.hidden_act",
    ],
  ])("with %j is refused", (wrong, says) => {
    expect(() => llavaOfConfig({ ...config, ...wrong })).toThrow(says);
  });

  test.each([
    ["model.language_model.layers.0.mlp.up_proj.weight", "model.layers.0.mlp.up_proj.weight"],
    ["language_model.model.norm.weight", "model.norm.weight"],
    ["language_model.lm_head.weight", "lm_head.weight"],
    ["lm_head.weight", "lm_head.weight"],
    ["model.vision_tower.vision_model.pre_layrnorm.bias", "vision_tower.pre_layrnorm.bias"],
    ["model.multi_modal_projector.linear_1.bias", "multi_modal_projector.linear_1.bias"],
  ])("names %s as %s", (saved, own) => expect(ownName(saved)).toBe(own));
});
