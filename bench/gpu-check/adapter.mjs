// Which adapter Dawn finds under the present environment, and that a device of it computes right: one
// JSON line.
import { create, globals } from "webgpu";
import { requestDevice } from "../../src/engine/gpu/device.ts";
import { checkAdapter } from "../../src/engine/layers/adapter-check.ts";

Object.assign(globalThis, globals);

try {
  const gpu = create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw new Error("no adapter");
  /** @type {Record<string, number>} */
  const limits = {};
  for (const key in adapter.limits) {
    const value = Reflect.get(adapter.limits, key);
    if (typeof value === "number") limits[key] = value;
  }
  const { vendor, architecture, device: model, description } = adapter.info;
  const info = { vendor, architecture, device: model, description };
  const features = [...adapter.features].toSorted();
  const { device, name, software } = await requestDevice(gpu);
  const checked = await checkAdapter({ device, matmul: "register" }).then(
    () => "computes right",
    (/** @type {Error} */ error) => error.message,
  );
  console.log(JSON.stringify({ kind: "adapter", name, software, checked, info, features, limits }));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// Dawn keeps the event loop alive: leave as soon as the output is written.
process.stdout.write("", () => process.exit());
