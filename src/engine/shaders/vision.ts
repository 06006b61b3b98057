// Kernels of policies that look at pictures: loaded with their code, when one does. See manifest.ts.
import gelu from "../../../shaders/lib/gelu.wgsl?raw";
import sequenceSpan from "../../../shaders/lib/sequence-span.wgsl?raw";
import fullAttentionBackwardKv from "../../../shaders/vision/full-attention.backward-kv.wgsl?raw";
import fullAttentionBackwardQ from "../../../shaders/vision/full-attention.backward-q.wgsl?raw";
import fullAttentionForward from "../../../shaders/vision/full-attention.forward.wgsl?raw";
import geluBackward from "../../../shaders/vision/gelu.backward.wgsl?raw";
import geluForward from "../../../shaders/vision/gelu.forward.wgsl?raw";
import layerNormBackward from "../../../shaders/vision/layer-norm.backward.wgsl?raw";
import layerNormForward from "../../../shaders/vision/layer-norm.forward.wgsl?raw";
import patchesBackward from "../../../shaders/vision/patches.backward.wgsl?raw";
import patchesForward from "../../../shaders/vision/patches.forward.wgsl?raw";
import pictureAttention from "../../../shaders/vision/picture-attention.wgsl?raw";
import pictureEmbeddingBackward from "../../../shaders/vision/picture-embedding.backward.wgsl?raw";
import pictureEmbeddingForward from "../../../shaders/vision/picture-embedding.forward.wgsl?raw";
import towerEmbeddingBackward from "../../../shaders/vision/tower-embedding.backward.wgsl?raw";
import towerEmbeddingForward from "../../../shaders/vision/tower-embedding.forward.wgsl?raw";
import { kernelTexts } from "./kernel-texts.ts";

const parts = {
  "full-attention.backward-kv": [fullAttentionBackwardKv],
  "full-attention.backward-q": [fullAttentionBackwardQ],
  "full-attention.forward": [fullAttentionForward],
  "gelu.backward": [gelu, geluBackward],
  "gelu.forward": [gelu, geluForward],
  "layer-norm.backward": [layerNormBackward],
  "layer-norm.forward": [layerNormForward],
  "patches.backward": [patchesBackward],
  "patches.forward": [patchesForward],
  "picture-attention": [sequenceSpan, pictureAttention],
  "picture-embedding.backward": [sequenceSpan, pictureEmbeddingBackward],
  "picture-embedding.forward": [pictureEmbeddingForward],
  "tower-embedding.backward": [towerEmbeddingBackward],
  "tower-embedding.forward": [towerEmbeddingForward],
} satisfies Record<string, readonly string[]>;

/** As in manifest.ts. */
export type KernelName = keyof typeof parts;

export const { kernelNames, codeOf, kernelSpec } = kernelTexts(parts);
