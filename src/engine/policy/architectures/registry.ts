import type { ArchitectureName } from "../../../config/architecture.ts";
import type { PolicyShape } from "../shape.ts";
import type { Architecture, LayerPlan } from "./architecture.ts";
import { gptOss } from "./gpt-oss.ts";
import { llama } from "./llama.ts";
import { mistral } from "./mistral.ts";
import { mixtral } from "./mixtral.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen3Moe } from "./qwen3-moe.ts";
import { qwen3 } from "./qwen3.ts";

const registry: Readonly<Record<ArchitectureName, Architecture>> = {
  llama,
  qwen2,
  qwen3,
  mistral,
  mixtral,
  qwen3_moe: qwen3Moe,
  gpt_oss: gptOss,
};

export const architectureOf = ({ architecture = "llama" }: PolicyShape): Architecture =>
  registry[architecture];

/** What each layer of a policy consists of. */
export const layerPlans = (shape: PolicyShape): LayerPlan[] =>
  Array.from({ length: shape.layers }, (_, layer) => architectureOf(shape).layer(shape, layer));
