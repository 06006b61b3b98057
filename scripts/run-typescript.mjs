// Runs `main(args)` of src/cli/NAME.ts, where `?raw` imports of WGSL work as on the page.
import { join } from "node:path";
import { createRunnableDevEnvironment, resolveConfig } from "vite";
import { root } from "./setup.mjs";

const [name, ...args] = process.argv.slice(2);

/** @returns {Promise<number>} */
async function run() {
  const { close, main } = await load(join(root, "src", "cli", `${name}.ts`));
  try {
    return await main(args);
  } finally {
    await close();
  }
}

/**
 * Vite's own `runnerImport` closes its runner as soon as the module is there, and a command that
 * then reaches an `import()` of its own dies. This runner stays until the command is done.
 * @param {string} path
 */
async function load(path) {
  const config = await resolveConfig(
    {
      root,
      configFile: false,
      envDir: false,
      logLevel: "error",
      environments: {
        inline: {
          consumer: "server",
          dev: { moduleRunnerTransform: true },
          resolve: { external: true, mainFields: [], conditions: ["node"] },
        },
      },
    },
    "serve",
  );
  const environment = createRunnableDevEnvironment("inline", config, {
    runnerOptions: { hmr: { logger: false } },
    hot: false,
  });
  await environment.init();
  const { main } = await environment.runner.import(path);
  return { main, close: () => environment.close() };
}

/** @returns {Promise<number>} */
async function code() {
  try {
    return await run();
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

const status = await code();
// Dawn keeps the event loop alive: leave as soon as the output is written.
process.stdout.write("", () => process.exit(status));
