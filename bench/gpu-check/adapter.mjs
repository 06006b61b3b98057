// Which adapter Dawn finds under the present environment: one JSON line.
import { openGpu } from "../../src/cli/gpu.ts";

try {
  const { device, name, software } = await openGpu();
  const { vendor, architecture, device: model, description } = device.adapterInfo;
  /** @type {Record<string, number>} */
  const limits = {};
  for (const key in device.limits) {
    const value = Reflect.get(device.limits, key);
    if (typeof value === "number") limits[key] = value;
  }
  const features = [...device.features].toSorted();
  const info = { vendor, architecture, device: model, description };
  console.log(JSON.stringify({ kind: "adapter", name, software, info, features, limits }));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
// Dawn keeps the event loop alive: leave as soon as the output is written.
process.stdout.write("", () => process.exit());
