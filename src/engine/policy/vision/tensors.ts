import type { PolicyConfig } from "../../../config/types.ts";
import type { Binding } from "../../gpu/kernel.ts";
import type { BlockTensor, RangeOf } from "../block-tensor.ts";
import { type Tower, towerOf } from "./tower.ts";

// The tensors of tower and projector, under the names that transformers' LLaVA saves, and what binds
// them. A weight and its bias lie in one range, so do a norm's gain and bias.

/** A range of the parameters or of their gradients each. */
export interface EncoderLayerWeights {
  norm1: Binding; // (2, C): gain, bias
  qkv: Binding; // (3·heads·head, C)
  qkvBias: Binding; // (3·heads·head)
  output: Binding; // (C, heads·head)
  outputBias: Binding; // (C)
  norm2: Binding; // (2, C)
  up: Binding; // (F, C)
  upBias: Binding; // (F)
  down: Binding; // (C, F)
  downBias: Binding; // (C)
}

export interface TowerWeights {
  patch: Binding; // (C, patchRow)
  /** The class token, then the positions. */
  embeddings: Binding; // (1 + S, C)
  preNorm: Binding; // (2, C)
  /** Of the layers that are computed. */
  layers: readonly EncoderLayerWeights[];
}

export interface ProjectorWeights {
  up: Binding; // (textC, C)
  upBias: Binding; // (textC)
  down: Binding; // (textC, textC)
  downBias: Binding; // (textC)
}

const TOWER = "vision_tower";
const EMBEDDINGS = `${TOWER}.embeddings`;
const PROJECTOR = "multi_modal_projector";
const layerAt = (layer: number) => `${TOWER}.encoder.layers.${layer}`;

/** Gain and bias of a LayerNorm, which transformers does not decay. */
const norm = (name: string, width: number): BlockTensor[] => [
  { name: `${name}.weight`, shape: [width], groups: [1], starts: 1, decay: false },
  { name: `${name}.bias`, shape: [width], groups: [1], starts: 0, contiguous: true },
];

/** A linear and its bias; `groups` of its rows and columns as they are padded. */
const linear = (
  name: string,
  [O, I]: readonly [number, number],
  [rows, columns]: readonly [number, number] = [1, 1],
): [BlockTensor, BlockTensor] => [
  { name: `${name}.weight`, shape: [O, I], groups: [rows, columns] },
  { name: `${name}.bias`, shape: [O], groups: [rows], starts: 0 },
];

function layerTensors({ width, hidden, heads }: Tower, at: string): BlockTensor[] {
  const [q, k, v] = ["q", "k", "v"].map((name) =>
    linear(`${at}.self_attn.${name}_proj`, [width, width], [heads, 1]),
  );
  const behind = (tensor: BlockTensor): BlockTensor => ({ ...tensor, contiguous: true });
  const [output, outputBias] = linear(`${at}.self_attn.out_proj`, [width, width], [1, heads]);
  const [down, downBias] = linear(`${at}.mlp.fc2`, [width, hidden]);
  return [
    ...norm(`${at}.layer_norm1`, width),
    ...[q![0], behind(k![0]), behind(v![0])],
    ...[q![1], behind(k![1]), behind(v![1])],
    ...[{ ...output, intoStream: true } as const, outputBias],
    ...norm(`${at}.layer_norm2`, width),
    ...linear(`${at}.mlp.fc1`, [hidden, width]),
    ...[{ ...down, intoStream: true } as const, downBias],
  ];
}

/** Of the policy's tower and projector; none where it has no tower. A frozen tower is not decayed. */
export function visionTensors(policy: PolicyConfig): BlockTensor[] {
  if (!policy.vision) return [];
  const tower = towerOf(policy.vision, policy);
  const { width, channels, patch, S, layers, textWidth } = tower;
  const area = channels * patch * patch;
  const own: BlockTensor[] = [
    { name: `${EMBEDDINGS}.class_embedding`, shape: [width], groups: [1], inputs: width },
    {
      ...{ name: `${EMBEDDINGS}.position_embedding.weight`, shape: [S, width], groups: [1, 1] },
      contiguous: true,
    },
    {
      name: `${EMBEDDINGS}.patch_embedding.weight`,
      shape: [width, channels, patch, patch],
      axes: [
        { length: width, stride: tower.patchRow },
        { length: area, stride: 1 },
      ],
      size: tower.C * tower.patchRow,
      inputs: area,
    },
    ...norm(`${TOWER}.pre_layrnorm`, width),
    ...Array.from({ length: layers }, (_, layer) => layerTensors(tower, layerAt(layer))).flat(),
    ...norm(`${TOWER}.post_layernorm`, width),
  ];
  const frozen = policy.vision.frozen ?? true;
  return [
    ...(frozen ? own.map((tensor) => ({ ...tensor, frozen: true as const })) : own),
    ...linear(`${PROJECTOR}.linear_1`, [textWidth, width]),
    ...linear(`${PROJECTOR}.linear_2`, [textWidth, textWidth]),
  ];
}

const layerWeights = (range: RangeOf, at: string): EncoderLayerWeights => ({
  norm1: range(`${at}.layer_norm1.weight`, `${at}.layer_norm1.bias`),
  qkv: range(`${at}.self_attn.q_proj.weight`, `${at}.self_attn.v_proj.weight`),
  qkvBias: range(`${at}.self_attn.q_proj.bias`, `${at}.self_attn.v_proj.bias`),
  output: range(`${at}.self_attn.out_proj.weight`),
  outputBias: range(`${at}.self_attn.out_proj.bias`),
  norm2: range(`${at}.layer_norm2.weight`, `${at}.layer_norm2.bias`),
  up: range(`${at}.mlp.fc1.weight`),
  upBias: range(`${at}.mlp.fc1.bias`),
  down: range(`${at}.mlp.fc2.weight`),
  downBias: range(`${at}.mlp.fc2.bias`),
});

export const towerWeights = ({ depth }: Tower, range: RangeOf): TowerWeights => ({
  patch: range(`${EMBEDDINGS}.patch_embedding.weight`),
  embeddings: range(`${EMBEDDINGS}.class_embedding`, `${EMBEDDINGS}.position_embedding.weight`),
  preNorm: range(`${TOWER}.pre_layrnorm.weight`, `${TOWER}.pre_layrnorm.bias`),
  layers: Array.from({ length: depth }, (_, layer) => layerWeights(range, layerAt(layer))),
});

export const projectorWeights = (range: RangeOf): ProjectorWeights => ({
  up: range(`${PROJECTOR}.linear_1.weight`),
  upBias: range(`${PROJECTOR}.linear_1.bias`),
  down: range(`${PROJECTOR}.linear_2.weight`),
  downBias: range(`${PROJECTOR}.linear_2.bias`),
});
