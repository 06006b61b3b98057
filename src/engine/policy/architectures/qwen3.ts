import { type Architecture, plainAttention, plainMlp } from "./architecture.ts";

/** Qwen3: queries and keys are normalised, a head has its own width. */
export const qwen3: Architecture = {
  layer: ({ attentionBias = false }) => ({
    attention: {
      ...plainAttention,
      headNorm: true,
      bias: attentionBias,
      outputBias: attentionBias,
    },
    mlp: plainMlp,
  }),
};
