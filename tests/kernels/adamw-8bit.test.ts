import { expect, test } from "vitest";
import { runAdam8bit } from "../../src/vectors/adam8bit.ts";
import type { Adam8bitFile } from "../../src/vectors/adam8bit-file.ts";
import { createOptimizer } from "../../src/engine/optimizer/optimizer.ts";
import fixture from "../fixtures/adam8bit.json";
import { expectClose, wave } from "../support/numeric.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles(
  "optimizer/adamw",
  "optimizer/adamw-8bit",
  "optimizer/adamw-8bit.small",
  "lib/dynamic-map",
  "optimizer/gradient-norm.finish",
  "optimizer/gradient-norm.partial",
  "optimizer/quantise",
);

test("agrees with bitsandbytes' kernels, code for code", () =>
  withDevice(async (device) => {
    // JSON's types are wider than the file's.
    const report = await runAdam8bit(device, fixture as unknown as Adam8bitFile);
    expect(report).toMatchObject({ cases: 15, failed: 0, unsupported: 0, failures: [] });
  }));

const settings = {
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradNorm: 0.5,
};

// An 8-bit tensor with a ragged last block, a small one that does not decay, an 8-bit one that
// does not.
const layout = {
  length: 13_000,
  tensors: [
    { offset: 0, size: 4_200, shape: [42, 100], decay: true },
    { offset: 4_224, size: 96, shape: [96], decay: false },
    { offset: 4_352, size: 8_192, shape: [64, 128], decay: false },
    { offset: 12_544, size: 400, shape: [20, 20], decay: true },
  ],
};
const initial = wave(layout.length, 1.3);
const gradients = wave(layout.length, 0.7);

async function create(device: GPUDevice, optim: string) {
  const params = upload(device, initial);
  const dparams = upload(device, gradients);
  const optimizer = await createOptimizer(device, layout, { params, dparams }, optim);
  optimizer.configure({ ...settings, step: 1 });
  run(device, optimizer.run);
  return { params, dparams, optimizer };
}

test("the first step, before anything is rounded, is AdamW's with its decay last", () =>
  withDevice(async (device) => {
    const { params } = await create(device, "adamw_8bit");
    const factor = settings.maxGradNorm / (Math.hypot(...gradients) + 1e-6);
    const expected = initial.map((p, i) => {
      const tensor = layout.tensors.find((t) => i >= t.offset && i < t.offset + t.size);
      if (!tensor) return p;
      const g = gradients[i]! * factor;
      const stepped = p - (settings.learningRate * g) / (Math.abs(g) + settings.epsilon);
      return stepped * (tensor.decay ? 1 - settings.learningRate * settings.weightDecay : 1);
    });
    expectClose(await download(device, params), expected);
  }));

test("its moments take less than a third of AdamW's memory", () =>
  withDevice(async (device) => {
    const eightBit = await create(device, "adamw_8bit");
    const full = await create(device, "adamw_torch");
    expect(eightBit.optimizer.bytes / full.optimizer.bytes).toBeLessThan(1 / 3);
  }));

test("a gradient that is not finite leaves weights and moments alone; a reset clears them", () =>
  withDevice(async (device) => {
    const { params, dparams, optimizer } = await create(device, "adamw_8bit");
    const everything = () =>
      Promise.all([params, ...optimizer.state].map((buffer) => download(device, buffer)));
    const before = await everything();

    device.queue.writeBuffer(dparams, 0, Float32Array.from(gradients.with(5_000, Infinity)));
    optimizer.configure({ ...settings, step: 2 });
    run(device, optimizer.run);
    expect(await everything()).toEqual(before);

    optimizer.reset();
    const [, ...state] = await everything();
    expect(state.flat().every((value) => value === 0)).toBe(true);
  }));
