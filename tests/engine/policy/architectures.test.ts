import { describe, expect, test } from "vitest";
import { Random } from "../../../src/base/random.ts";
import { storageBuffer, storageBufferOf } from "../../../src/engine/gpu/buffers.ts";
import { readFloats } from "../../../src/engine/gpu/readback.ts";
import {
  packParameters,
  parameterLayout,
  unpackParameters,
} from "../../../src/engine/policy/parameters.ts";
import { createPolicy } from "../../../src/engine/policy/policy.ts";
import type { PolicyShape } from "../../../src/engine/policy/shape.ts";
import { dot, expectClose, wave } from "../../support/numeric.ts";
import { gradientAt } from "../../support/padding.ts";
import { referenceModel } from "../../support/reference-architectures.ts";
import { run, withDevice, withRegisters } from "../../support/with-device.ts";

const common = { rmsNormEps: 1e-5, ropeTheta: 10_000, padTokenId: null, vocab: 11 };

// Odd sizes; the last layer is a mixture or dense, whose rows go on in other ways.
const shapes: readonly (PolicyShape & { name: string })[] = [
  {
    name: "Llama with biases and heads of their own width",
    ...{ layers: 2, width: 10, heads: 3, kvHeads: 1, headDim: 6, hidden: 9, tied: true },
    ...common,
    ...{ attentionBias: true, mlpBias: true },
  },
  {
    name: "Qwen3-MoE, a dense layer first, weights that do not make 1",
    architecture: "qwen3_moe",
    ...{ layers: 2, width: 10, heads: 3, kvHeads: 1, headDim: 6, hidden: 9, tied: false },
    ...common,
    mixture: { experts: 5, perToken: 3, hidden: 6, normalised: false, denseLayers: [0] },
  },
  {
    name: "Qwen3-MoE, a dense layer last",
    architecture: "qwen3_moe",
    ...{ layers: 2, width: 10, heads: 2, kvHeads: 2, headDim: 4, hidden: 9, tied: true },
    ...common,
    mixture: { experts: 3, perToken: 2, hidden: 7, denseLayers: [1] },
  },
  {
    name: "Mixtral of one expert a token, windowed",
    architecture: "mixtral",
    ...{ layers: 2, width: 12, heads: 2, kvHeads: 1, hidden: 7, tied: false, slidingWindow: 3 },
    ...common,
    mixture: { experts: 4, perToken: 1 },
  },
  {
    name: "gpt-oss",
    architecture: "gpt_oss",
    ...{ layers: 2, width: 10, heads: 3, kvHeads: 1, headDim: 6, hidden: 6, tied: false },
    ...common,
    ...{ slidingWindow: 3, mixture: { experts: 3, perToken: 2 } },
  },
];

describe.each(shapes)("$name", (shape) => {
  const tail = shape.mixture ? 1 : 0;
  const [B, K, head] = [3, 5, 3];
  const T = head + K + tail;
  const start = [0, 4, 2];
  const end = [head + K, head + K, head + 2];
  const tokens = Array.from({ length: B * T }, (_, i) => (i * i + 3) % shape.vocab);
  const real = Array.from({ length: B * K }, (_, i) => {
    const [row, column] = [Math.floor(i / K), (i % K) + head];
    return column >= start[row]! && column < end[row]! ? 1 : 0;
  });
  const targets = Array.from({ length: B * K }, (_, i) => (i * 5 + 2) % shape.vocab);
  const batch = { B, T, head, tail, tokens, start, end, targets, temperature: 0.8 };
  const masked = (values: readonly number[]) => values.map((value, i) => value * real[i]!);
  const dlogp = masked(wave(B * K, 2.1));
  const dentropy = masked(wave(B * K, 2.7));
  const coefficient = shape.mixture ? 0.7 : 0;

  const layout = parameterLayout(shape);
  // Norms about 1; no other tensor has zeros or two equal numbers.
  const weights = Object.fromEntries(
    layout.tensors.map(({ name, shape: sizes }, index) => {
      const random = new Random(3, 1, index);
      const length = sizes.reduce((all, n) => all * n, 1);
      const about = /norm/.test(name) ? 1 : 0;
      return [name, Array.from({ length }, () => about + 0.4 * random.normal())];
    }),
  );

  test("values and gradients agree with float64 and central differences", () =>
    withDevice(async (device) => {
      const params = storageBufferOf(device, "batch", "params", packParameters(layout, weights));
      const dparams = storageBuffer(device, "batch", "gradients", layout.length);
      const policy = await createPolicy(withRegisters(device), shape, batch, { params, dparams });
      const rows = { tokens: Uint32Array.from(tokens), start: Uint32Array.from(start) };
      // A batch with more tokens was there before.
      policy.load({ ...rows, start: new Uint32Array(B), end: null });
      run(device, policy.forward, policy.backward);
      device.queue.writeBuffer(dparams, 0, new Float32Array(layout.length));
      policy.load({ ...rows, end: Uint32Array.from(end) });
      device.queue.writeBuffer(policy.targets, 0, Uint32Array.from(targets));
      device.queue.writeBuffer(policy.dlogp, 0, Float32Array.from(dlogp));
      device.queue.writeBuffer(policy.dentropy, 0, Float32Array.from(dentropy));
      policy.setTemperature(batch.temperature);
      policy.setAuxLoss(coefficient);
      run(device, policy.forward, policy.backward);

      const expected = referenceModel(shape, weights, batch);
      const scored = (values: ArrayLike<number>) => [...masked(Array.from(values))];
      expectClose(scored(await readFloats(device, policy.logp)), scored(expected.logp));
      expectClose(scored(await readFloats(device, policy.entropy)), scored(expected.entropy));
      if (policy.routing) {
        const load = (await readFloats(device, policy.routing.balance)).at(-1)!;
        expectClose([load], [expected.auxLoss]);
      }
      const found = unpackParameters(layout, await readFloats(device, dparams));
      layout.tensors.forEach(({ name }, index) => {
        const at = weights[name]!;
        const indices = new Random(11, 1, index).permutation(at.length).slice(0, 12);
        const loss = (nudged: readonly number[]) => {
          const { logp, entropy, auxLoss } = referenceModel(
            shape,
            { ...weights, [name]: nudged },
            batch,
          );
          return dot(dlogp, masked(logp)) + dot(dentropy, masked(entropy)) + coefficient * auxLoss;
        };
        const wanted = gradientAt(loss, at, indices, 1e-6);
        const own = indices.map((i) => found[name]![i]!);
        // Tensors of which nothing depends are not what is looked at here.
        if (!/experts|embed/.test(name)) expect(wanted.some((value) => value !== 0)).toBe(true);
        expectClose(own, wanted, { rtol: 1e-4, atol: 2e-5 });
      });
      policy.destroy();
    }));
});
