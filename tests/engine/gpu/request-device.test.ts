import { expect, test } from "vitest";
import { requestDevice } from "../../../src/engine/gpu/device.ts";

/** What the browser's GPU gives, with a device that lacks a property, as older browsers' do. */
function without(property: string): GPU {
  const real = navigator.gpu;
  const requestAdapter = async (): Promise<GPUAdapter | null> => {
    const adapter = await real.requestAdapter();
    if (adapter === null) return null;
    const bare = (of: object) =>
      new Proxy(of, {
        has: (target, key) => key !== property && key in target,
        get(target, key) {
          if (key === property) return undefined;
          if (key === "requestDevice") return async () => bare(await adapter.requestDevice());
          const value: unknown = Reflect.get(target, key);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    return bare(adapter) as GPUAdapter;
  };
  return Object.create(real, { requestAdapter: { value: requestAdapter } });
}

test.each(["info", "adapterInfo"])(
  "a browser without %s is told to be too old",
  async (property) => {
    await expect(requestDevice(without(property))).rejects.toMatchObject({
      kind: "no-webgpu",
      message: expect.stringMatching(/too old/),
      remedy: expect.stringMatching(/Chrome .* version 133/),
    });
  },
);
