import { type Architecture, plainAttention, plainMlp } from "./architecture.ts";

/** Qwen2: biases on queries, keys and values. */
export const qwen2: Architecture = {
  layer: () => ({ attention: { ...plainAttention, bias: true }, mlp: plainMlp }),
};
