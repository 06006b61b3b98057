// `npm run -s train|vectors|bench -- …`: sets up, then runs src/cli/NAME.ts in a child process that
// has the variables Dawn needs.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { requireGpuEnvironment } from "./gpu-environment.mjs";
import { root, setUp } from "./setup.mjs";

setUp();
const child = spawn(
  process.execPath,
  [join(root, "scripts", "run-typescript.mjs"), ...process.argv.slice(2)],
  { stdio: "inherit", env: { ...process.env, ...requireGpuEnvironment() } },
);
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
  process.on(signal, () => child.kill(signal));
}
child.on("exit", (code) => process.exit(code ?? 1));
