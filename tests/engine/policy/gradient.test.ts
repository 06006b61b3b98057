import { describe, expect, test } from "vitest";
import { storageBuffer, storageBufferOf } from "../../../src/engine/gpu/buffers.ts";
import { readFloats } from "../../../src/engine/gpu/readback.ts";
import {
  initialParameters,
  packParameters,
  parameterLayout,
  unpackParameters,
} from "../../../src/engine/policy/parameters.ts";
import { createPolicy } from "../../../src/engine/policy/policy.ts";
import { ceil4, type PolicyShape } from "../../../src/engine/policy/shape.ts";
import { Random } from "../../../src/base/random.ts";
import { dot, expectClose, wave } from "../../support/numeric.ts";
import { gradientAt, unpad } from "../../support/padding.ts";
import { referencePolicy } from "../../support/reference-policy.ts";
import { download, run, upload, withDevice, withRegisters } from "../../support/with-device.ts";

const common = { rmsNormEps: 1e-5, ropeTheta: 10_000 };

// Odd sizes: width 18, head width 6, vocabulary 17, and a tied head with a padding token.
const shapes: readonly (PolicyShape & { name: string })[] = [
  {
    name: "untied, grouped",
    layers: 2,
    width: 18,
    heads: 3,
    kvHeads: 1,
    hidden: 22,
    vocab: 17,
    tied: false,
    padTokenId: null,
    ...common,
  },
  {
    name: "tied, padding token",
    layers: 1,
    width: 16,
    heads: 2,
    kvHeads: 2,
    hidden: 20,
    vocab: 12,
    tied: true,
    padTokenId: 0,
    ...common,
  },
];

describe.each(shapes)("policy: $name", (shape) => {
  const [B, T, head] = [3, 9, 4];
  const K = T - head;
  const start = [0, 5, 2];
  const end = [9, 9, 7];
  const tokens = Array.from({ length: B * T }, (_, i) =>
    i % T < start[Math.floor(i / T)]! ? 0 : (i * i + 3) % shape.vocab,
  );
  // Before a row's first real token and after its last there is nothing to score.
  const real = Array.from({ length: B * K }, (_, i) => {
    const [row, column] = [Math.floor(i / K), (i % K) + head];
    return column >= start[row]! && column < end[row]! ? 1 : 0;
  });
  const batch = {
    B,
    T,
    head,
    tokens,
    start,
    targets: Array.from({ length: B * K }, (_, i) => (i * 5 + 2) % shape.vocab),
    temperature: 0.8,
  };
  const rectangle = {
    tokens: Uint32Array.from(tokens),
    start: Uint32Array.from(start),
    end: Uint32Array.from(end),
  };
  const dlogp = wave(B * K, 2.1).map((value, i) => value * real[i]!);
  const dentropy = wave(B * K, 2.7).map((value, i) => value * real[i]!);

  const layout = parameterLayout(shape);
  const fresh = unpackParameters(layout, initialParameters(shape, 7));
  // Norm gains away from 1, so that a gain that is dropped shows.
  const weights = Object.fromEntries(
    Object.entries(fresh).map(([name, values]) => [
      name,
      name.endsWith("norm.weight") ? wave(values.length, 0.9).map((w) => 1 + w / 2) : [...values],
    ]),
  );
  const params = packParameters(layout, weights);

  async function createOn(device: GPUDevice, batches = 1) {
    const dparams = storageBuffer(device, "batch", "gradients", layout.length);
    const policy = await createPolicy(withRegisters(device), shape, batch, {
      params: storageBufferOf(device, "batch", "parameters", params),
      dparams,
    });
    // A batch with more tokens was there before, and one with fewer.
    const all = { tokens: Uint32Array.from(tokens), start: new Uint32Array(B), end: null };
    for (const end of [null, new Uint32Array(B).fill(head + 1)]) {
      policy.load({ ...all, end });
      run(device, policy.forward, policy.backward);
    }
    device.queue.writeBuffer(dparams, 0, new Float32Array(layout.length));
    policy.load(rectangle);
    device.queue.writeBuffer(policy.targets, 0, Uint32Array.from(batch.targets));
    device.queue.writeBuffer(policy.dlogp, 0, Float32Array.from(dlogp));
    device.queue.writeBuffer(policy.dentropy, 0, Float32Array.from(dentropy));
    policy.setTemperature(batch.temperature);
    for (let i = 0; i < batches; i++) run(device, policy.forward, policy.backward);
    return { policy, dparams };
  }

  test("forward agrees with float64", () =>
    withDevice(async (device) => {
      const { policy } = await createOn(device);
      const expected = referencePolicy(shape, weights, batch);
      const masked = (values: readonly number[]) => values.filter((_, i) => real[i] === 1);
      expectClose(masked(await download(device, policy.logp)), masked(expected.logp));
      expectClose(masked(await download(device, policy.entropy)), masked(expected.entropy));
      const logits = unpad(await download(device, policy.logits), shape.vocab, ceil4(shape.vocab));
      // The scored tokens come first, in the order of their columns.
      const rows = (values: readonly number[]) =>
        values.filter((_, i) => real[Math.floor(i / shape.vocab)] === 1);
      const wanted = rows(expected.logits);
      expectClose(logits.slice(0, wanted.length), wanted);
    }));

  test("gradient agrees with central differences on 50 numbers of every tensor", () =>
    withDevice(async (device) => {
      const { dparams } = await createOn(device);
      const actual = unpackParameters(layout, await readFloats(device, dparams));
      layout.tensors.forEach(({ name }, index) => {
        const at = weights[name]!;
        const order = new Random(11, 1, index).permutation(at.length);
        const isPadding = (i: number) =>
          name === "model.embed_tokens.weight" && Math.floor(i / shape.width) === shape.padTokenId;
        const indices = order.filter((i) => !isPadding(i)).slice(0, 50);
        const loss = (nudged: readonly number[]) => {
          const { logp, entropy } = referencePolicy(shape, { ...weights, [name]: nudged }, batch);
          return dot(dlogp, logp) + dot(dentropy, entropy);
        };
        expectClose(
          indices.map((i) => actual[name]![i]!),
          gradientAt(loss, at, indices),
          { rtol: 1e-4, atol: 1e-5 },
        );
      });
    }));

  test("gradients of batches add up; the padding of every tensor stays zero", () =>
    withDevice(async (device) => {
      const once = await readFloats(device, (await createOn(device, 1)).dparams);
      const flat = await readFloats(device, (await createOn(device, 3)).dparams);
      expectClose(
        [...flat],
        [...once].map((value) => 3 * value),
      );
      expect(packParameters(layout, unpackParameters(layout, flat))).toEqual(flat);
    }));

  test("other parameters are read without touching the policy's own", () =>
    withDevice(async (device) => {
      const { policy } = await createOn(device);
      const own = await download(device, policy.logp);
      const frozen = upload(device, [...initialParameters(shape, 8)]);
      run(device, policy.forwardWith(frozen));
      const other = await download(device, policy.logp);
      expect(other).not.toEqual(own);
      run(device, policy.forward);
      expect(await download(device, policy.logp)).toEqual(own);
    }));
});

test("the padding token gets a look-up gradient from nowhere, and a tied head still gives it one", () =>
  withDevice(async (device) => {
    const shape = shapes[1]!;
    const layout = parameterLayout(shape);
    const gradients = async (padTokenId: number | null) => {
      const dparams = storageBuffer(device, "batch", "gradients", layout.length);
      const policy = await createPolicy(
        withRegisters(device),
        { ...shape, padTokenId },
        { B: 1, T: 4, head: 0 },
        {
          params: storageBufferOf(device, "batch", "parameters", initialParameters(shape, 7)),
          dparams,
        },
      );
      policy.load({ tokens: Uint32Array.of(3, 0, 0, 5), start: Uint32Array.of(0), end: null });
      device.queue.writeBuffer(policy.dlogp, 0, Float32Array.of(1, -2, 3, 1));
      run(device, policy.forward, policy.backward);
      const all = unpackParameters(layout, await readFloats(device, dparams));
      return [...all["model.embed_tokens.weight"]!];
    };
    const [without, none] = [await gradients(0), await gradients(null)];
    expect(without.slice(0, shape.width)).not.toEqual(none.slice(0, shape.width));
    expect(without.slice(0, shape.width).some((value) => value !== 0)).toBe(true);
    expect(without.slice(shape.width)).toEqual(none.slice(shape.width));
  }));
