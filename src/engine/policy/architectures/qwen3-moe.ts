import { type Architecture, plainMlp } from "./architecture.ts";
import { tensorsByExpert } from "./expert-tensors.ts";
import { qwen3 } from "./qwen3.ts";

/** Qwen3-MoE: Qwen3's attention; some layers may be dense, and weights need not make 1. */
export const qwen3Moe: Architecture = {
  layer: (shape, index) => {
    const { attention } = qwen3.layer(shape, index);
    const { experts, perToken, hidden, normalised, denseLayers } = shape.mixture!;
    if (denseLayers?.includes(index)) return { attention, mlp: plainMlp };
    const size = { experts, perToken, hidden: hidden ?? shape.hidden };
    const names = { gate: "gate_proj", up: "up_proj", down: "down_proj" };
    return {
      attention,
      mlp: {
        kind: "mixture",
        ...size,
        normalised: normalised ?? true,
        bias: false,
        gate: "swiglu",
        tensors: tensorsByExpert(shape, size, "mlp", names),
      },
    };
  },
};
