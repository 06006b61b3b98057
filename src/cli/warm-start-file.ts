import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../base/user-error.ts";
import { decodeSafetensors, type Tensor } from "../engine/policy/safetensors.ts";

/** Where a warm start of this name lies in the project; commands run from its root. */
export const warmStartPath = (name: string): string =>
  join("public", "checkpoints", `${name}.safetensors`);

/** Reads a warm-started policy that ships with the page. */
export async function readWarmStart(name: string): Promise<Record<string, Tensor>> {
  const path = warmStartPath(name);
  const file = await readFile(path).catch(() => {
    throw new UserError(
      `There is no warm start at ${path}.`,
      `Make it with: npm run warm-start -- --preset ${name}`,
      ["warmStart"],
    );
  });
  return decodeSafetensors(file).tensors;
}
