import { type FileHandle, open } from "node:fs/promises";
import { UserError } from "../base/user-error.ts";
import { errorCode } from "./error-code.ts";

/** Opens a file that a flag names before anything is trained for one that cannot be written. */
export const openOutFile = (flag: string, path: string): Promise<FileHandle> =>
  open(path, "w").catch((error: unknown) => {
    throw new UserError(
      `--${flag} ${path} cannot be written: ${errorCode(error)}.`,
      "Name a file in a folder that is there.",
    );
  });
