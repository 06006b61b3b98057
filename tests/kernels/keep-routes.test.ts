import { expect, test } from "vitest";
import { storageBufferOf } from "../../src/engine/gpu/buffers.ts";
import { readFloats } from "../../src/engine/gpu/readback.ts";
import { allRows } from "../../src/engine/layers/grid.ts";
import { keepRoutes } from "../../src/engine/sampler/sampled-routes.ts";
import { run, withDevice, withRegisters } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("sampler/keep-routes");

// Rows of the batch, those that go on, layers, experts of a token: fewer than a workgroup, more than one.
test.each([
  [5, [1, 2, 4], 2, 3],
  [80, Array.from({ length: 70 }, (_, i) => i + 10), 1, 1],
])("of %i rows the routes of %o, of %i layers, %i a token, go to their places", (B, rows, L, K) =>
  withDevice(async (device) => {
    const [capacity, column] = [7, 4];
    const stride = B * K + 5;
    const words = (values: readonly number[]) =>
      storageBufferOf(device, "batch", "words", Uint32Array.from(values));
    const chosen = Array.from({ length: L * stride }, (_, i) => i + 1);
    const plan = { perToken: K } as Parameters<typeof keepRoutes>[1]["plan"];
    const kept = await keepRoutes(
      {
        capacity,
        gpu: { ...withRegisters(device) } as Parameters<typeof keepRoutes>[0]["gpu"],
        buffer: (_, length) => words(Array.from({ length }, () => 99)),
      },
      { layers: Array.from({ length: L }, (_, l) => l), stride, plan, chosen: words(chosen) },
      B,
      {
        live: words(rows),
        // Rows lie in parts of the cache: their places there are not those in the batch.
        positions: words(rows.flatMap((_, i) => [3, (i % 3) * capacity + column])),
        rowRange: allRows(device, rows.length),
      },
    );
    run(device, kept.run);
    const found = await readFloats(device, kept.routes);
    const routes = [...new Uint32Array(found.buffer, found.byteOffset, found.length)];
    const expected = Array.from({ length: B * capacity * L * K }, (_, i) => {
      const [place, l, j] = [Math.floor(i / (L * K)), Math.floor(i / K) % L, i % K];
      const at = rows.indexOf(Math.floor(place / capacity));
      return at < 0 || place % capacity !== column ? 99 : chosen[l * stride + at * K + j]!;
    });
    expect(routes).toEqual(expected);
  }),
);
