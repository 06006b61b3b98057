// `npm run build`: the site into dist/. `npm run build:lib`: the engine as a library into lib/, or
// the folder given. `npm run bench:bundle`: the benchmark as one file into dist-bench/, or the folder given.
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { refuse, root, setUp } from "./setup.mjs";

setUp();
const { build } = await import("vite");

switch (process.argv[2]) {
  case "site":
    await build({ root });
    break;
  case "lib": {
    const outDir = resolve(process.argv[3] ?? join(root, "lib"));
    await build({ root, configFile: join(root, "vite.lib.config.ts"), build: { outDir } });
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const types = [tsc, "-p", "tsconfig.lib.json", "--outDir", outDir];
    const { status } = spawnSync(process.execPath, types, { cwd: root, stdio: "inherit" });
    process.exitCode = status ?? 1;
    break;
  }
  case "bench":
    // One file with all shaders in it: it needs nothing but Node and the package `webgpu`.
    await build({
      root,
      configFile: false,
      publicDir: false,
      logLevel: "warn",
      ssr: { noExternal: true, external: ["webgpu"] },
      build: {
        ssr: "src/cli/bench/bundle.ts",
        outDir: resolve(process.argv[3] ?? join(root, "dist-bench")),
        emptyOutDir: false,
        target: "node20",
        minify: false,
        rolldownOptions: {
          output: { entryFileNames: "ratioscope-bench.mjs", codeSplitting: false },
        },
      },
    });
    break;
  default:
    refuse(`Nothing is called ${process.argv[2]}: build "site", "lib" or "bench".`);
}
