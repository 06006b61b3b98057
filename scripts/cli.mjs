// `npm run -s NAME -- …`: sets up, then runs src/cli/NAME.ts in a child process that has the variables
// Dawn needs.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { requireGpuEnvironment } from "./gpu-environment.mjs";
import { root, setUp } from "./setup.mjs";

setUp();
// What only reads and writes texts and weights needs no adapter.
const needsGpu = !["convert", "export"].includes(process.argv[2] ?? "");
const child = spawn(
  process.execPath,
  [join(root, "scripts", "run-typescript.mjs"), ...process.argv.slice(2)],
  { stdio: "inherit", env: { ...process.env, ...(needsGpu ? requireGpuEnvironment() : {}) } },
);
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => child.kill(signal));
}
child.on("exit", (code) => process.exit(code ?? 1));
