import { mkdir } from "node:fs/promises";
import { UserError } from "../base/user-error.ts";

/** Makes the folder that --out names, so that nothing is trained for a folder that cannot be. */
export async function makeOutFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new UserError(
      `--out ${path} cannot be a folder: ${code}.`,
      "Name a folder that can be written to.",
    );
  });
}
