import { expect, test } from "vitest";
import { storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import { readFloats } from "../../src/engine/gpu/readback.ts";
import { createRouteStatistics } from "../../src/engine/objective/route-statistics.ts";
import { packBatch, scoredIndex } from "../../src/engine/policy/packed-batch.ts";
import { expectClose, wave } from "../support/numeric.ts";
import { softmax } from "../support/reference-mixture.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("statistics/route-changes", "statistics/token-routes");

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

const integers = async (device: GPUDevice, buffer: GPUBuffer): Promise<number[]> => {
  const floats = await readFloats(device, buffer);
  return [...new Uint32Array(floats.buffer, floats.byteOffset, floats.length)];
};

// Rows, scored columns, layers, experts, experts of a token: fewer tokens than a workgroup; a ragged tail.
test.each([
  [2, 3, 1, 5, 1],
  [4, 7, 3, 6, 2],
])("routes of %i × %i tokens in %i layers, %i experts, %i a token", (B, K, layers, E, k) =>
  withDevice(async (device) => {
    // Prompts of two columns, a tail, and rows that end early.
    const shape = { B, T: K + 2, head: 1, tail: 1 };
    const start = Uint32Array.from({ length: B }, (_, b) => b % 2);
    const end = Uint32Array.from({ length: B }, (_, b) => 1 + Math.max(1, K - b));
    const tokens = new Uint32Array(B * shape.T);
    const { spans, rowRanges } = packBatch(shape, { tokens, start, end });
    const R = rowRanges[1]!;
    const EP = 4 * Math.ceil(E / 4);
    const [stride, logitStride] = [R * k + 3, R * EP + 4];

    /** k different experts of each token and layer; in the second set now and then others. */
    const chosenBy = (shift: (token: number) => number) =>
      range(layers * stride).map((i) => {
        const [layer, at] = [Math.floor(i / stride), i % stride];
        const token = Math.floor(at / k);
        return (token * 3 + layer + shift(token) + (at % k)) % E;
      });
    const old = chosenBy(() => 0);
    // Every third token has one expert more to the right; every fifth the same two the other way round.
    const now = chosenBy((token) => (token % 3 === 0 ? 1 : 0)).map((expert, i, all) => {
      const at = i % stride;
      const token = Math.floor(at / k);
      const swapped = k === 2 && token % 3 !== 0 && token % 5 === 0 && at < R * k;
      return swapped ? all[i + (at % 2 === 0 ? 1 : -1)]! : expert;
    });
    const side = (chosen: readonly number[], step: number) => {
      const [weights, logits] = [wave(layers * stride, step), wave(layers * logitStride, 2 * step)];
      const buffers = {
        chosen: storageBufferOf(device, "batch", "chosen", Uint32Array.from(chosen)),
        weights: upload(device, weights),
        logits: upload(device, logits),
      };
      return { chosen, weights, logits, buffers };
    };
    const [present, before] = [side(now, 0.7), side(old, 0.9)];
    const sizes = { B, K, layers, experts: E, perToken: k, stride, logitStride };
    const statistics = await createRouteStatistics(
      device,
      sizes,
      present.buffers,
      before.buffers,
      storageBufferOf(device, "batch", "spans", spans),
    );
    run(device, statistics.run);

    const places = range(B * K).map((i) => scoredIndex(spans, K, i));
    const perRoute = (from: readonly number[]) =>
      places.flatMap((t) =>
        range(layers).flatMap((l) =>
          range(k).map((j) => (t === null ? 0 : from[l * stride + t * k + j]!)),
        ),
      );
    const { buffers } = statistics;
    expect(await integers(device, buffers.experts)).toEqual(perRoute(now));
    expect(await integers(device, buffers.expertsOld)).toEqual(perRoute(old));
    expectClose(await download(device, buffers.expertWeights), perRoute(present.weights));
    expectClose(await download(device, buffers.expertWeightsOld), perRoute(before.weights));

    const own = (from: readonly number[], t: number, l: number) =>
      range(k).map((j) => from[l * stride + t * k + j]!);
    const logp = (from: readonly number[], t: number, l: number) => {
      const row = l * logitStride + t * EP;
      return softmax(from.slice(row, row + E)).map(Math.log);
    };
    const flips = places.map((t) =>
      t === null
        ? 0xffffffff
        : range(layers).filter(
            (l) =>
              own(now, t, l)
                .toSorted((a, b) => a - b)
                .join() !==
              own(old, t, l)
                .toSorted((a, b) => a - b)
                .join(),
          ).length,
    );
    expect(await integers(device, buffers.flips)).toEqual(flips);
    expect(new Set(flips).size).toBeGreaterThan(2);
    const ratios = places.map((t) => {
      if (t === null) return 0;
      const all = range(layers).flatMap((l) =>
        own(old, t, l).map((e) => logp(present.logits, t, l)[e]! - logp(before.logits, t, l)[e]!),
      );
      return all.reduce((sum, value) => sum + value, 0) / all.length;
    });
    expectClose(await download(device, buffers.routerLogRatio), ratios);
    statistics.destroy();
  }),
);
