import { decodeText } from "../../base/decode-text.ts";
import { UserError } from "../../base/user-error.ts";
import { isForPasting, refusalByName, UnknownKind } from "../formats/file-kind.ts";
import { beginsTokenLog, readForeign } from "./foreign-log.ts";
import { sayForeign } from "./foreign-run.ts";

const SHOWN =
  "Drop it on the page, which shows it; a configuration is in the script or recipe that made it.";

/**
 * What a file is in which no configuration was found: a log, a table, a checkpoint, or a kind that
 * nothing here reads. Null where it is any text or JSON, or a script or a recipe by its name.
 */
export async function notAConfiguration(
  path: string,
  bytes: Uint8Array,
): Promise<UserError | null> {
  const name = path.replace(/^.*\//, "");
  if (beginsTokenLog(decodeText(bytes.subarray(0, 2 ** 16)))) {
    return new UserError(`${name} is a training log with tokens, not a configuration.`, SHOWN);
  }
  const named = refusalByName(path, bytes);
  if (named !== null) return isForPasting(path, bytes) ? null : named;
  try {
    const says = sayForeign(await readForeign(path, bytes));
    return new UserError(`${name} is read as ${says}; it is not a configuration.`, SHOWN);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error instanceof UnknownKind ? null : error;
  }
}
