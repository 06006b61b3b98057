import { expect, test } from "vitest";
import { createRun } from "../../../src/engine/run/run.ts";
import { failureOf } from "../../../src/worker/failure.ts";
import { smallRun } from "../../support/small-run.ts";
import { withDevice } from "../../support/with-device.ts";

/** A driver whose barriers do not wait for the last of the sums; counts the buffers it is asked for. */
function withoutLastSum(device: GPUDevice) {
  const buffers: string[] = [];
  const liar = new Proxy(device, {
    get: (target, key): unknown => {
      if (key === "createShaderModule")
        return ({ code, ...more }: GPUShaderModuleDescriptor) =>
          target.createShaderModule({ ...more, code: code.replace("half > 0;", "half > 1;") });
      if (key === "createBuffer")
        return (descriptor: GPUBufferDescriptor) => {
          buffers.push(descriptor.label ?? "");
          return target.createBuffer(descriptor);
        };
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { liar, buffers };
}

test("a run is refused on an adapter that does not compute right, before anything of it is there", () =>
  withDevice(async (device) => {
    const { liar, buffers } = withoutLastSum(device);
    const built = createRun({
      device: liar,
      config: smallRun({}),
      family: "register",
      weights: null,
    });
    const error = await built.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(failureOf(error, null)).toMatchObject({
      kind: "miscomputes",
      message: expect.stringMatching(
        /does not compute right: a sum of \w+ came to \d+ where \d+ is/,
      ),
      remedy: expect.stringMatching(/nothing was trained/),
    });
    expect(new Set(buffers)).toEqual(new Set(["adapter check", "adapter check readback"]));
  }));
