import { mkdir } from "node:fs/promises";
import { UserError } from "../base/user-error.ts";
import { errorCode } from "./error-code.ts";

/** Makes the folder that --out names, so that nothing is trained for a folder that cannot be. */
export async function makeOutFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw new UserError(
      `--out ${path} cannot be a folder: ${errorCode(error)}.`,
      "Name a folder that can be written to.",
    );
  });
}
