// `node vectors.mjs FAMILY FOLDER`: the reference vectors of a folder, products computed by that
// family; one JSON line a file.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openGpu } from "../../src/cli/gpu.ts";
import { familyNamed } from "../../src/cli/options.ts";
import { isVectorFile, runners } from "../../src/vectors/runners.ts";

const usage = "node vectors.mjs register|workgroup FOLDER";
const [name, folder] = process.argv.slice(2);
const matmul = familyNamed(name, usage);
if (matmul === undefined || folder === undefined) throw new Error(usage);
const { device } = await openGpu();
/** @type {string[]} */
const errors = [];
device.addEventListener("uncapturederror", (event) => errors.push(event.error.message));

for (const file of readdirSync(folder).filter((each) => each.endsWith(".json"))) {
  const parsed = JSON.parse(readFileSync(join(folder, file), "utf8"));
  const run = isVectorFile(parsed) ? runners[parsed.kind] : undefined;
  if (!run) throw new Error(`${file} is no file of reference vectors.`);
  const began = performance.now();
  const { kind: of, ...report } = await run({ device, matmul }, parsed);
  const ms = Math.round(performance.now() - began);
  const told = { kind: "vectors", family: matmul, file, of, ms, ...report };
  console.log(JSON.stringify({ ...told, errors: errors.splice(0) }));
}
device.destroy();
// Dawn keeps the event loop alive: leave as soon as the output is written.
process.stdout.write("", () => process.exit());
