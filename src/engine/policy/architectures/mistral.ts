import { type Architecture, plainAttention, plainMlp } from "./architecture.ts";

/** Mistral: a query sees a window of tokens. */
export const mistral: Architecture = {
  layer: ({ slidingWindow = null }) => ({
    attention: { ...plainAttention, window: slidingWindow },
    mlp: plainMlp,
  }),
};
