// Runs `main(args)` of src/cli/NAME.ts, where `?raw` imports of WGSL work as on the page.
import { join } from "node:path";
import { runnerImport } from "vite";
import { root } from "./setup.mjs";

const [name, ...args] = process.argv.slice(2);

/** @returns {Promise<number>} */
async function run() {
  try {
    const { module } = await runnerImport(join(root, "src", "cli", `${name}.ts`), {
      root,
      configFile: false,
      logLevel: "error",
    });
    return await /** @type {any} */ (module).main(args);
  } catch (error) {
    // A UserError says what to do; anything else is a bug and shows where it happened.
    if (error instanceof Error && "remedy" in error) {
      console.error(`${error.message}\n${String(error.remedy)}`);
    } else {
      console.error(error);
    }
    return 1;
  }
}

const code = await run();
// Dawn keeps the event loop alive: leave as soon as the output is written.
process.stdout.write("", () => process.exit(code));
