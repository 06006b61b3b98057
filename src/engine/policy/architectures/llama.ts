import { type Architecture, plainAttention } from "./architecture.ts";

/** Llama: the block as it is; biases, an own head width and Llama 3's positions by choice. */
export const llama: Architecture = {
  layer: ({ attentionBias = false, mlpBias = false }) => ({
    attention: { ...plainAttention, bias: attentionBias, outputBias: attentionBias },
    mlp: { kind: "dense", bias: mlpBias },
  }),
};
