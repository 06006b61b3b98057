import { ceil4, type PolicyShape } from "../shape.ts";
import { type Architecture, type MixtureTensors, plainAttention } from "./architecture.ts";

/**
 * gpt-oss: sinks, biases everywhere, a window in every second layer, clamped SwiGLU; the router's softmax
 * is over the chosen. Experts are saved as one tensor, inputs before outputs, gate and up in turn.
 */
export const gptOss: Architecture = {
  layer: (shape, index) => {
    const { experts, perToken } = shape.mixture!;
    const window = index % 2 === 0 ? (shape.slidingWindow ?? null) : null;
    return {
      attention: { ...plainAttention, bias: true, outputBias: true, sinks: true, window },
      mlp: {
        kind: "mixture",
        ...{ experts, perToken, hidden: shape.hidden },
        normalised: true,
        bias: true,
        gate: "clamped",
        tensors: fusedTensors(shape, experts),
      },
    };
  },
};

function fusedTensors({ width, hidden }: PolicyShape, experts: number): MixtureTensors {
  const [C, F] = [ceil4(width), ceil4(hidden)];
  const at = "mlp.experts";
  return {
    router: "mlp.router.weight",
    routerBias: "mlp.router.bias",
    gateUp: [
      {
        name: `${at}.gate_up_proj`,
        shape: [experts, width, 2 * hidden],
        axes: [
          { length: experts, stride: 2 * F * C },
          { length: width, stride: 1 },
          { length: hidden, stride: C },
          { length: 2, stride: F * C },
        ],
        size: experts * 2 * F * C,
        inputs: width,
      },
    ],
    down: [
      {
        name: `${at}.down_proj`,
        shape: [experts, hidden, width],
        axes: [
          { length: experts, stride: C * F },
          { length: hidden, stride: 1 },
          { length: width, stride: F },
        ],
        size: experts * C * F,
        inputs: hidden,
        intoStream: true,
      },
    ],
    gateUpBias: [
      {
        name: `${at}.gate_up_proj_bias`,
        shape: [experts, 2 * hidden],
        axes: [
          { length: experts, stride: 2 * F },
          { length: hidden, stride: 1 },
          { length: 2, stride: F },
        ],
        size: experts * 2 * F,
        starts: 0,
      },
    ],
    downBias: [
      {
        name: `${at}.down_proj_bias`,
        shape: [experts, width],
        axes: [
          { length: experts, stride: C },
          { length: width, stride: 1 },
        ],
        size: experts * C,
        starts: 0,
      },
    ],
  };
}
