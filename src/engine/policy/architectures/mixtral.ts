import { type Architecture, plainAttention } from "./architecture.ts";
import { tensorsByExpert } from "./expert-tensors.ts";

/** Mixtral: every layer is a mixture; the weights of the chosen make 1. */
export const mixtral: Architecture = {
  layer: (shape) => {
    const { experts, perToken } = shape.mixture!;
    const size = { experts, perToken, hidden: shape.hidden };
    return {
      attention: { ...plainAttention, window: shape.slidingWindow ?? null },
      mlp: {
        kind: "mixture",
        ...size,
        normalised: true,
        bias: false,
        gate: "swiglu",
        tensors: tensorsByExpert(shape, size, "block_sparse_moe", {
          ...{ gate: "w1", up: "w3", down: "w2" },
        }),
      },
    };
  },
};
