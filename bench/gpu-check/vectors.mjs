// `node vectors.mjs FAMILY FOLDER`: the reference vectors of a folder, products computed by that
// family; one JSON line a file.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openGpu } from "../../src/cli/gpu.ts";
import { familyNamed } from "../../src/cli/options.ts";
import { vectorLines } from "./vector-lines.mjs";

const usage = "node vectors.mjs register|workgroup FOLDER";
const [name, folder] = process.argv.slice(2);
const matmul = familyNamed(name, usage);
if (matmul === undefined || folder === undefined) throw new Error(usage);
const { device } = await openGpu();
const files = readdirSync(folder)
  .filter((each) => each.endsWith(".json"))
  .map((each) => /** @type {const} */ ([each, () => readFileSync(join(folder, each), "utf8")]));

for await (const line of vectorLines({ device, matmul }, files)) console.log(JSON.stringify(line));
device.destroy();
// Dawn keeps the event loop alive: leave as soon as the output is written.
process.stdout.write("", () => process.exit());
