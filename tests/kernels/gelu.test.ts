import { describe, test } from "vitest";
import { geluBackward, geluForward } from "../../src/engine/layers/gelu.ts";
import { expectClose, wave } from "../support/numeric.ts";
import { gelu, quickGelu } from "../support/reference-vision.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("lib/gelu", "vision/gelu.forward", "vision/gelu.backward");

const reference = { gelu, quick_gelu: quickGelu };

// Both pieces of the error function, where they meet, its tails, and far beyond what f32 tells apart;
// fewer numbers than a workgroup, and a ragged tail.
const xs = [
  ...Array.from({ length: 161 }, (_, i) => (i - 80) / 14),
  ...[Math.SQRT2, -Math.SQRT2, 1.4142, -1.4143, 0, 60, -60, 1e4, -1e4],
  ...wave(86, 0.7),
];

describe.each(["gelu", "quick_gelu"] as const)("%s", (kind) => {
  const f = reference[kind];
  test.each([8, 256])("of %i numbers agrees with float64", (length) =>
    withDevice(async (device) => {
      const own = xs.slice(0, length);
      const x = upload(device, own);
      const y = upload(device, wave(length, 3));
      run(device, (await geluForward(device, length, kind))({ x, y }));
      const near = own.map((value) => (Math.abs(value) > 20 ? 0 : value));
      const found = await download(device, y);
      expectClose(
        found.map((value, i) => (near[i] === own[i] ? value : 0)),
        near.map(f),
        {
          rtol: 1e-6,
        },
      );
      expectClose(
        found.filter((_, i) => near[i] !== own[i]).map((value) => value / 1e4),
        own.filter((_, i) => near[i] !== own[i]).map((value) => Math.max(0, value) / 1e4),
      );
    }),
  );

  test("as a share of x, which hides no digit, too", () =>
    withDevice(async (device) => {
      const own = xs
        .filter((value) => Math.abs(value) > 0.05)
        .slice(0, 200)
        .map(Math.fround);
      const y = upload(device, wave(own.length, 3));
      run(device, (await geluForward(device, own.length, kind))({ x: upload(device, own), y }));
      const shares = (await download(device, y)).map((value, i) => value / own[i]!);
      const near = own.map((value) => Math.min(20, Math.max(-20, value)));
      expectClose(
        shares,
        near.map((value) => f(value) / value),
        { rtol: 3e-7, atol: 0 },
      );
    }));

  test("its gradient is the central difference", () =>
    withDevice(async (device) => {
      const own = xs.filter((value) => Math.abs(value) < 20).slice(0, 244);
      const dy = wave(own.length, 2.1);
      const b = { x: upload(device, own), dy: upload(device, dy) };
      const dx = upload(device, wave(own.length, 3));
      run(device, (await geluBackward(device, own.length, kind))({ ...b, dx }));
      const slope = (x: number) => (f(x + 1e-5) - f(x - 1e-5)) / 2e-5;
      expectClose(
        await download(device, dx),
        own.map((x, i) => dy[i]! * slope(x)),
        { rtol: 1e-5, atol: 1e-6 },
      );
    }));
});
