import { test } from "vitest";
import { createMixReference } from "../../src/engine/optimizer/mix-reference.ts";
import { expectClose, wave } from "../support/numeric.ts";
import { download, run, upload, withDevice } from "../support/with-device.ts";
import { compiles } from "../support/hosts.ts";

compiles("optimizer/mix-reference");

// Fewer vec4s than a workgroup, exactly as many, and a ragged last one above it.
test.each([8, 256, 332])("mix-reference of %i numbers agrees with float64", (length) =>
  withDevice(async (device) => {
    const [params, reference] = [wave(length, 0.7), wave(length, 1.9)];
    const buffers = { params: upload(device, params), reference: upload(device, reference) };
    const mix = await createMixReference(device, length, buffers);
    mix.configure(0.6);
    run(device, mix.run);
    expectClose(
      await download(device, buffers.reference),
      reference.map((value, i) => 0.4 * value + 0.6 * params[i]!),
    );
    expectClose(await download(device, buffers.params), params);
  }),
);
