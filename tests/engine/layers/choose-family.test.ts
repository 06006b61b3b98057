import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Family } from "../../../src/engine/gpu/family.ts";
import { chooseFamily, type FamilyCache } from "../../../src/engine/layers/choose-family.ts";

const REAL = {
  vendor: "nvidia",
  architecture: "ampere",
  device: "0x2204",
  description: "",
  isFallbackAdapter: false,
};

let now = 0;
beforeEach(() => {
  now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

/** A device on which a product takes so many milliseconds; counts what is submitted. */
function timedDevice(ms: Record<Family, number>, info: Partial<typeof REAL> = {}) {
  const submitted: Family[] = [];
  let pending = 0;
  let encoded: Family = "register";
  const ignore = (): void => undefined;
  const pass = {
    setPipeline: ({ family }: { family: Family }) => (encoded = family),
    setBindGroup: ignore,
    dispatchWorkgroups: ignore,
    end: ignore,
  };
  const device = {
    adapterInfo: { ...REAL, ...info },
    features: new Set(),
    limits: {
      maxStorageBufferBindingSize: 2 ** 27,
      maxBufferSize: 2 ** 28,
      maxComputeWorkgroupsPerDimension: 65_535,
    },
    lost: new Promise(ignore),
    createBuffer: () => ({ destroy: ignore }),
    createShaderModule: ({ code }: { code: string }) => ({
      family: code.includes("var<workgroup>") ? "workgroup" : "register",
    }),
    createComputePipelineAsync: ({ compute }: { compute: { module: object } }) =>
      Promise.resolve({ ...compute.module, getBindGroupLayout: ignore }),
    createBindGroup: ignore,
    createCommandEncoder: () => ({ beginComputePass: () => pass, finish: ignore }),
    queue: {
      writeBuffer: ignore,
      submit: () => {
        submitted.push(encoded);
        pending = ms[encoded];
      },
      onSubmittedWorkDone: async () => void (now += pending),
    },
  };
  return { device: device as unknown as GPUDevice, submitted };
}

function memory() {
  const kept = new Map<string, string>();
  const cache: FamilyCache = {
    get: (key) => Promise.resolve(kept.get(key)),
    set: (key, value) => Promise.resolve(void kept.set(key, value)),
  };
  return { kept, cache };
}

test.each([
  { ms: { register: 4, workgroup: 12 }, faster: "register" },
  { ms: { register: 12, workgroup: 4 }, faster: "workgroup" },
] as const)("$faster tiles are chosen where they are faster, once a device", async (each) => {
  const { device, submitted } = timedDevice(each.ms);
  expect(await Promise.all([chooseFamily(device), chooseFamily(device)])).toEqual([
    each.faster,
    each.faster,
  ]);
  const rounds = submitted.length / 2;
  expect(rounds).toBeGreaterThanOrEqual(3);
  // In turn, so that the machine's load falls on both.
  expect(submitted).toEqual(Array.from({ length: rounds }, () => ["register", "workgroup"]).flat());
});

test("what was measured is kept for the adapter and the build, and for no other", async () => {
  const { cache, kept } = memory();
  const ms = { register: 8, workgroup: 1 };
  const measured = async (info: Partial<typeof REAL>, build: string) => {
    const { device, submitted } = timedDevice(ms, info);
    expect(await chooseFamily(device, { cache, build })).toBe("workgroup");
    return submitted.length > 0;
  };
  expect(await measured({}, "1")).toBe(true);
  expect(await measured({}, "1")).toBe(false);
  expect(await measured({}, "2")).toBe(true);
  expect(await measured({ device: "0x1" }, "1")).toBe(true);
  expect(await measured({ architecture: "turing" }, "1")).toBe(true);
  expect(kept.size).toBe(4);
});

test("a cache that fails, or holds what is no family, costs a measurement and nothing else", async () => {
  const ms = { register: 8, workgroup: 1 };
  const broken: FamilyCache = {
    get: () => Promise.reject(new Error("no storage")),
    set: () => Promise.reject(new Error("no storage")),
  };
  expect(await chooseFamily(timedDevice(ms).device, { cache: broken })).toBe("workgroup");
  const strange: FamilyCache = { ...memory().cache, get: () => Promise.resolve("tensor cores") };
  expect(await chooseFamily(timedDevice(ms).device, { cache: strange })).toBe("workgroup");
});

test.each([
  { architecture: "swiftshader" },
  { description: "llvmpipe (LLVM 15)" },
  { isFallbackAdapter: true },
])("on a software adapter nothing is compiled for it: %o", async (info) => {
  const { device, submitted } = timedDevice({ register: 8, workgroup: 1 }, info);
  expect(await chooseFamily(device, memory())).toBe("register");
  expect(submitted).toEqual([]);
});
