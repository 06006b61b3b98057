import { describe, expect, test } from "vitest";
import {
  storageBuffer,
  storageBufferOf,
  uniformBuffer,
  uniformOf,
} from "../../src/engine/gpu/buffers.ts";
import type { Binding } from "../../src/engine/gpu/kernel.ts";
import { readFloats } from "../../src/engine/gpu/readback.ts";
import { allRows } from "../../src/engine/layers/grid.ts";
import {
  balanceForward,
  collectBackward,
  combineForward,
  gatherForward,
  routeForward,
  routerBackward,
  spreadBackward,
} from "../../src/engine/layers/mixture.ts";
import { countsLength } from "../../src/engine/layers/mixture-shape.ts";
import { ceil4 } from "../../src/engine/policy/shape.ts";
import { dot, expectClose, gradient, wave } from "../support/numeric.ts";
import { gradientAt, pad, spread, unpad } from "../support/padding.ts";
import { balanceLoss, chooseExperts, rowsOf, weightsOf } from "../support/reference-mixture.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles(
  "policy/mixture.balance",
  "policy/mixture.choose",
  "policy/mixture.collect",
  "policy/mixture.combine",
  "policy/mixture.gather",
  "policy/mixture.place",
  "policy/mixture.router.backward",
  "policy/mixture.spread",
);

const integers = async (device: GPUDevice, buffer: GPUBuffer): Promise<number[]> => {
  const floats = await readFloats(device, buffer);
  return [...new Uint32Array(floats.buffer, floats.byteOffset, floats.length)];
};

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

// Tokens, tokens that go on to the experts, tokens that there might be, experts, experts of a token: less
// than a chunk of 64; exactly one; several with a ragged last one, some of whose tokens do not go on;
// more chunks than there are tokens; as many experts as a token has; one.
describe.each([
  { R: 5, on: 5, most: 5, E: 4, k: 2, normalised: true },
  { R: 64, on: 64, most: 64, E: 6, k: 3, normalised: false },
  { R: 150, on: 71, most: 400, E: 8, k: 2, normalised: true },
  { R: 70, on: 70, most: 70, E: 3, k: 3, normalised: false },
  { R: 9, on: 4, most: 70, E: 5, k: 1, normalised: true },
])("a mixture of $E experts, $k for each of $R tokens, $on of them go on", (size) => {
  const { R, on, most, E, k, normalised } = size;
  const EP = ceil4(E);
  const C = 12;
  const sizes = { R, experts: E, perToken: k, normalised };
  const shape = { R: most, C, experts: E, perToken: k, normalised };
  // Two equal logits in a row now and then: the first is chosen.
  const logits = wave(R * E, 0.7).map((value, i) => (i % 7 === 3 ? 0.5 : 2 * value));
  const chosen = chooseExperts(logits, sizes);
  const weights = weightsOf(logits, chosen, sizes);
  /** Choices of the tokens that go on, expert by expert, in the order of tokens. */
  const order = range(E).flatMap((e) => range(on * k).filter((choice) => chosen[choice] === e));
  const slots = range(on * k).map((choice) => order.indexOf(choice));

  /** Rows of this test, and what lies after them. */
  const within = (device: GPUDevice, values: readonly number[], length: number) =>
    upload(device, [...values, ...wave(length - values.length, 7)]);
  const whole = (device: GPUDevice, values: readonly number[], length: number) =>
    storageBufferOf(
      device,
      "batch",
      "integers",
      Uint32Array.from({ length }, (_, i) => values[i] ?? 3),
    );
  const rows = (device: GPUDevice) => ({
    rowRange: allRows(device, R),
    onward: allRows(device, on),
  });
  const routeOn = async (device: GPUDevice, given: readonly number[] | null, counts: Binding) => {
    const b = {
      logits: within(device, pad(logits, E, EP), most * EP),
      given: whole(device, given ?? [], most * k),
      replay: uniformOf(device, "replay", [given ? 1 : 0]),
      chosen: whole(device, [], most * k),
      weights: within(device, [], most * k),
      slots: whole(device, [], most * k),
      order: whole(device, [], most * k),
      ranges: storageBuffer(device, "batch", "ranges", E * 4),
      counts,
    };
    const bind = await routeForward(device, shape);
    run(device, ...bind({ ...b, ...rows(device) }));
    return b;
  };
  const countsBuffer = (device: GPUDevice) =>
    storageBuffer(device, "batch", "counts", 2 * countsLength(shape));

  test("chooses, weighs and sorts", () =>
    withDevice(async (device) => {
      const b = await routeOn(device, null, countsBuffer(device));
      expect((await integers(device, b.chosen)).slice(0, R * k)).toEqual(chosen);
      expectClose((await download(device, b.weights)).slice(0, R * k), weights);
      expect((await integers(device, b.slots)).slice(0, on * k)).toEqual(slots);
      expect((await integers(device, b.order)).slice(0, on * k)).toEqual(order);
      const found = rowsOf(await integers(device, b.ranges), 4).map((each) => each.slice(0, 2));
      const ends = range(E).map((e) => order.filter((choice) => chosen[choice]! <= e).length);
      expect(found).toEqual(ends.map((end, e) => [e === 0 ? 0 : ends[e - 1], end]));
    }));

  test("replays given routes, with weights of its own logits", () =>
    withDevice(async (device) => {
      // The k after the first, round.
      const given = range(R * k).map((i) => (Math.floor(i / k) + 1 + (i % k)) % E);
      const b = await routeOn(device, given, countsBuffer(device));
      expect((await integers(device, b.chosen)).slice(0, R * k)).toEqual(given);
      const own = weightsOf(logits, given, sizes);
      expectClose((await download(device, b.weights)).slice(0, R * k), own);
    }));

  test("what experts read is gathered, what they find combined", () =>
    withDevice(async (device) => {
      const [gather, combine] = await Promise.all([
        gatherForward(device, shape),
        combineForward(device, shape),
      ]);
      const [x, rstd, gain] = [wave(R * C, 0.7), wave(R, 0.3), wave(C, 1.3)];
      const y = wave(on * k * C, 0.9);
      const n = upload(device, wave(most * k * C, 5));
      const next = upload(device, wave(most * C, 5));
      const { onward } = rows(device);
      const ordered = whole(device, order, most * k);
      run(
        device,
        gather({
          ...{ x: upload(device, x), rstd: upload(device, rstd), gain: upload(device, gain) },
          ...{ order: ordered, n, onward },
        }),
        combine({
          ...{ middle: upload(device, x), weights: upload(device, weights), next, onward },
          ...{ slots: whole(device, slots, most * k), y: upload(device, y) },
        }),
      );
      const read = order.flatMap((choice) => {
        const t = Math.floor(choice / k);
        return range(C).map((c) => x[t * C + c]! * rstd[t]! * gain[c]!);
      });
      expectClose((await download(device, n)).slice(0, on * k * C), read);
      const sums = range(on * C).map((i) => {
        const [t, c] = [Math.floor(i / C), i % C];
        return range(k).reduce(
          (sum, j) => sum + weights[t * k + j]! * y[slots[t * k + j]! * C + c]!,
          x[i]!,
        );
      });
      const found = await download(device, next);
      expectClose(found.slice(0, on * C), sums);
      expectClose(found.slice(on * C), wave(most * C, 5).slice(on * C));
    }));

  test("gradients of what experts found, of their weights, of what they read", () =>
    withDevice(async (device) => {
      const [bindSpread, collect] = await Promise.all([
        spreadBackward(device, shape),
        collectBackward(device, shape),
      ]);
      const [y, dstream] = [wave(on * k * C, 0.9), wave(R * C, 2.1)];
      const dy = upload(device, wave(most * k * C, 5));
      const dweights = upload(device, wave(most * k, 5));
      const dn = upload(device, wave(most * C, 0.4));
      const { onward } = rows(device);
      const found = upload(device, y);
      run(
        device,
        bindSpread({
          ...{ dstream: upload(device, dstream), weights: upload(device, weights), y: found },
          ...{ order: whole(device, order, most * k), dy, dweights, onward },
        }),
        collect({ dx: found, slots: whole(device, slots, most * k), dn, onward }),
      );
      const combined = (at: readonly number[], w: readonly number[]) =>
        range(on * C).map((i) => {
          const [t, c] = [Math.floor(i / C), i % C];
          return range(k).reduce(
            (sum, j) => sum + w[t * k + j]! * at[slots[t * k + j]! * C + c]!,
            0,
          );
        });
      const loss = (at: readonly number[], w: readonly number[]) =>
        dot(dstream.slice(0, on * C), combined(at, w));
      const some = spread(y.length, 80);
      const dyFound = await download(device, dy);
      expectClose(
        some.map((i) => dyFound[i]!),
        gradientAt((at) => loss(at, weights), y, some),
        { rtol: 1e-4 },
      );
      expectClose(
        (await download(device, dweights)).slice(0, on * k),
        gradient((w) => loss(y, w), weights.slice(0, on * k)),
        { rtol: 1e-4 },
      );
      const ones = combined(
        y,
        range(on * k).map(() => 1),
      );
      const before = wave(most * C, 0.4);
      expectClose(
        await download(device, dn),
        before.map((value, i) => value + (ones[i] ?? 0)),
      );
    }));

  test("the balance of two layers, and the router's gradient with it", () =>
    withDevice(async (device) => {
      const counts = countsBuffer(device);
      const length = countsLength(shape);
      const layer = (n: number) => ({
        ...{ buffer: counts, offset: n * length * 4, size: length * 4 },
      });
      const b = await routeOn(device, null, layer(0));
      // The other layer goes elsewhere.
      const given = range(R * k).map((i) => (Math.floor(i / k) + 1 + (i % k)) % E);
      await routeOn(device, given, layer(1));
      const balance = upload(device, wave(E + 1, 5));
      const coefficient = uniformBuffer(device, "coefficient", 1);
      device.queue.writeBuffer(coefficient, 0, Float32Array.of(3));
      const dweights = wave(R * k, 1.9);
      const dlogits = upload(device, wave(most * EP, 5));
      const [bindBalance, bindRouter] = await Promise.all([
        balanceForward(device, { R: most, experts: E, layers: 2 }),
        routerBackward(device, shape),
      ]);
      run(
        device,
        bindBalance({ counts, balance, ...rows(device) }),
        bindRouter({
          ...{ ...b, ...rows(device), balance, coefficient, dlogits },
          dweights: within(device, dweights, most * k),
        }),
      );
      const found = await download(device, balance);
      const loss = (at: readonly number[]) => balanceLoss([at, logits], [chosen, given], sizes);
      expectClose([found[E]!], [loss(logits)]);
      const objective = (at: readonly number[]) =>
        dot(dweights.slice(0, on * k), weightsOf(at, chosen, sizes).slice(0, on * k)) +
        3 * loss(at);
      const some = spread(R * E, 100);
      const all = unpad((await download(device, dlogits)).slice(0, R * EP), E, EP);
      expectClose(
        some.map((i) => all[i]!),
        gradientAt(objective, logits, some),
        { rtol: 1e-4 },
      );
    }));
});
