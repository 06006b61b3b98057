// `npm run build`: the site into dist/. `npm run build:lib`: the engine as a library into lib/.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { refuse, root, setUp } from "./setup.mjs";

setUp();
const { build } = await import("vite");

switch (process.argv[2]) {
  case "site":
    await build({ root });
    break;
  case "lib": {
    await build({ root, configFile: join(root, "vite.lib.config.ts") });
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.lib.json"], {
      cwd: root,
      stdio: "inherit",
    });
    process.exitCode = status ?? 1;
    break;
  }
  default:
    refuse(`Nothing is called ${process.argv[2]}: build "site" or "lib".`);
}
