import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type {
  ArchitectureConfig,
  Llama3Scaling,
  YarnScaling,
} from "../../../src/config/architecture.ts";
import { shapeOfConfig } from "../../../src/engine/policy/config-json.ts";
import type { PolicyShape } from "../../../src/engine/policy/shape.ts";
import { configOfShape } from "../../../src/engine/policy/write-config-json.ts";

interface Case {
  name: string;
  config: Record<string, unknown>;
}
const url = new URL("../../fixtures/models.json", import.meta.url);
const { cases } = JSON.parse(await readFile(url, "utf8")) as { cases: Case[] };

describe.each(cases)("$name", ({ config }) => {
  const shape = shapeOfConfig(config);
  const written = configOfShape(shape, 64);

  test("is written with the values that transformers writes", () => {
    const theirs: Record<string, unknown> = { ...config, num_experts: config.num_local_experts };
    const ours = Object.entries(written).filter(
      // They leave a head's width open where it is width / heads.
      ([name]) => name in theirs && !(name === "head_dim" && theirs.head_dim === null),
    );
    expect(Object.fromEntries(ours)).toEqual(
      Object.fromEntries(ours.map(([name]) => [name, theirs[name]])),
    );
    expect(ours.length).toBeGreaterThanOrEqual(15);
  });

  test("is read back", () => {
    expect(shapeOfConfig(written)).toEqual({ ...shape, padTokenId: null });
  });
});

const plain: PolicyShape = {
  ...{ layers: 3, width: 24, heads: 4, kvHeads: 2, hidden: 20, vocab: 15, padTokenId: null },
  ...{ tied: true, rmsNormEps: 1e-4, ropeTheta: 500 },
};
const llama3: Llama3Scaling = {
  ...{ type: "llama3", factor: 8, originalPositions: 32 },
  ...{ lowFrequencyFactor: 2, highFrequencyFactor: 3 },
};
const yarn: YarnScaling = {
  ...{ type: "yarn", factor: 2.5, originalPositions: 32 },
  ...{ betaFast: 16, betaSlow: 2, truncate: true },
};
const mixture = { experts: 4, perToken: 2 };

test.each<[Partial<ArchitectureConfig> & Pick<ArchitectureConfig, "architecture">]>([
  [{ architecture: "llama", headDim: 8, attentionBias: true, rotaryScaling: llama3 }],
  [{ architecture: "llama", mlpBias: true }],
  [{ architecture: "qwen2", rotaryScaling: llama3 }],
  [{ architecture: "qwen3" }],
  [{ architecture: "qwen3", headDim: 8, attentionBias: true, rotaryScaling: llama3 }],
  [{ architecture: "mistral" }],
  [{ architecture: "mistral", headDim: 8, slidingWindow: 5, rotaryScaling: llama3 }],
  [{ architecture: "mixtral", headDim: 8, slidingWindow: 5, rotaryScaling: llama3, mixture }],
  [{ architecture: "qwen3_moe", headDim: 8, attentionBias: true, rotaryScaling: llama3, mixture }],
  [
    {
      architecture: "qwen3_moe",
      mixture: { ...mixture, hidden: 12, normalised: false, denseLayers: [0, 2] },
    },
  ],
  [{ architecture: "gpt_oss", headDim: 8, slidingWindow: 5, rotaryScaling: yarn, mixture }],
  [{ architecture: "gpt_oss", rotaryScaling: llama3, mixture }],
  [{ architecture: "gpt_oss", mixture }],
])("%o is read back", (architecture) => {
  const shape = { ...plain, ...architecture };
  const written = JSON.parse(JSON.stringify(configOfShape(shape, 40)));
  expect(shapeOfConfig(written)).toEqual(shape);
  // Version 4 has them elsewhere.
  const { rope_parameters: _, ...older } = written;
  if (architecture.architecture !== "gpt_oss" || architecture.rotaryScaling) {
    expect(shapeOfConfig(older)).toEqual(shape);
  }
});

test("scaled positions are more than those before; YaRN's are as many as its factor says", () => {
  const of = (shape: Partial<PolicyShape>, context: number) =>
    configOfShape({ ...plain, ...shape }, context).max_position_embeddings;
  expect(of({}, 40)).toBe(40);
  expect(of({ rotaryScaling: llama3 }, 20)).toBe(256);
  expect(of({ architecture: "gpt_oss", mixture, rotaryScaling: yarn }, 20)).toBe(80);
  expect(of({ architecture: "gpt_oss", mixture, rotaryScaling: yarn }, 90)).toBe(90);
});

test("gpt-oss has a width for its windows even where no layer has one: transformers asks for it", () => {
  const written = configOfShape({ ...plain, architecture: "gpt_oss", mixture }, 40);
  expect(written).toMatchObject({
    sliding_window: 40,
    layer_types: ["full_attention", "full_attention", "full_attention"],
  });
});
