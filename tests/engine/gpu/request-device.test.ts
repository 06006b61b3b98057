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
      remedy: expect.stringMatching(/adapterInfo, which Chrome and Edge have since version 133/),
    });
  },
);

/** A GPU whose adapter says this of itself; its device does nothing. */
function saying(info: Partial<GPUAdapterInfo>): GPU {
  const whole = { vendor: "", architecture: "", device: "", description: "", ...info };
  const requestDevice = async () => ({ adapterInfo: whole, destroy: () => undefined });
  const adapter = {
    info: whole,
    limits: { maxBufferSize: 2 ** 28 },
    features: new Set(),
    requestDevice,
  };
  return { requestAdapter: async () => adapter } as unknown as GPU;
}

test.each([
  [{ vendor: "nvidia", architecture: "hopper" }, "nvidia hopper"],
  // Deno, and Firefox, which says nothing.
  [
    { vendor: "65541", description: "llvmpipe (LLVM 15.0.6, 256 bits)" },
    "llvmpipe (LLVM 15.0.6, 256 bits)",
  ],
  [{}, "unnamed adapter, buffers to 256 MiB"],
])("an adapter that says %o is called by what is known of it", async (info, name) => {
  expect((await requestDevice(saying(info))).name).toBe(name);
});
