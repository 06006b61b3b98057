import { readFile } from "node:fs/promises";
import { UserError } from "../base/user-error.ts";
import { chooseFamily } from "../engine/layers/choose-family.ts";
import { openGpu } from "./gpu.ts";
import { familyNamed, parseFiles } from "./options.ts";
import { isVectorFile, runners, type VectorFile } from "../vectors/runners.ts";

const USAGE = "Name them: npm run -s vectors -- [--family register|workgroup] FILE.json …";

/** Runs each file's cases on the GPU; one JSON line a file, and a sentence on stderr per failure. */
export async function main(args: readonly string[]): Promise<number> {
  const { files, family: named } = parseFiles(args, { family: { type: "string" } }, USAGE);
  const family = familyNamed(named, USAGE);
  if (files.length === 0) {
    throw new UserError("No file of reference vectors was named.", USAGE);
  }
  const { device } = await openGpu();
  const gpu = { device, matmul: family ?? (await chooseFamily(device)) };
  const errors: string[] = [];
  device.addEventListener("uncapturederror", (event) => errors.push(event.error.message));

  let failed = 0;
  for (const path of files) {
    const file = await parse(path);
    const runner = runners[file.kind];
    if (!runner) {
      throw new UserError(
        `${path} is of kind "${file.kind}", which is not one of ${Object.keys(runners).join(", ")}.`,
        "Give files in the formats of the reference vectors.",
      );
    }
    const { failures, ...report } = await runner(gpu, file);
    for (const sentence of failures) console.error(`${path}: ${sentence}`);
    console.log(JSON.stringify({ file: path, ...report }));
    failed += report.failed;
  }
  for (const message of errors) console.error(message);
  return failed > 0 || errors.length > 0 ? 1 : 0;
}

async function parse(path: string): Promise<VectorFile> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new UserError(`There is no file ${path}.`, "Check the path.");
  });
  const problem = new UserError(
    `${path} is not a file of reference vectors.`,
    'It has to be JSON with a "kind".',
  );
  try {
    const file: unknown = JSON.parse(text);
    if (isVectorFile(file)) return file;
  } catch {
    throw problem;
  }
  throw problem;
}
