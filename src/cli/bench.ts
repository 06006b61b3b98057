import { chromiumFlags, findChromium } from "../../scripts/chromium.mjs";
import { benchInPage } from "./bench/in-page.ts";
import type { Measurement } from "./bench/measurement.ts";
import { benchOptions } from "./bench/options.ts";
import { runBench } from "./bench/suite.ts";
import { openGpu } from "./gpu.ts";

/** Measures the engine on this machine's GPU; one JSON line per measurement. */
export async function main(args: readonly string[]): Promise<number> {
  const { options, hosts } = benchOptions(args, "npm run -s bench -- [--host node,page]");
  for (const host of hosts) {
    const emit = (measurement: Measurement) =>
      console.log(JSON.stringify({ host, ...measurement }));
    if (host === "page") {
      const browser = { executablePath: findChromium(), args: chromiumFlags };
      await benchInPage(process.cwd(), browser, options, emit);
    } else {
      const { device, name } = await openGpu();
      await runBench(device, options, (measurement) => emit({ ...measurement, adapter: name }));
      device.destroy();
    }
  }
  return 0;
}
