// The benchmark as one file: `node ratioscope-bench.mjs …` beside node_modules/webgpu, nothing else.
import { openGpu } from "../gpu.ts";
import { UserError } from "../../base/user-error.ts";
import { benchOptions } from "./options.ts";
import { runBench } from "./suite.ts";

try {
  const { options } = benchOptions(process.argv.slice(2), "node ratioscope-bench.mjs");
  const { device, name } = await openGpu();
  await runBench(device, options, (measurement) =>
    console.log(JSON.stringify({ host: "node", ...measurement, adapter: name })),
  );
} catch (error) {
  console.error(error instanceof UserError ? `${error.message}\n${error.remedy}` : error);
  process.exitCode = 1;
}
// Dawn keeps the event loop alive: leave as soon as the output is written.
process.stdout.write("", () => process.exit());
