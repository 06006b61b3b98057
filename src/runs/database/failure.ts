import { UserError } from "../../base/user-error.ts";

/** The browser gives this page no more room. */
export class StorageFullError extends UserError {
  constructor() {
    super(
      "The browser's storage for this page is full.",
      "Delete runs that are no longer needed, or free space on the disk.",
    );
    this.name = "StorageFullError";
  }
}

/** Runs a database call; what it rejects with becomes a sentence for people. */
export async function withUserErrors<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asUserError(error);
  }
}

function asUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === "QuotaExceededError") return new StorageFullError();
  if (name === "VersionError") {
    return new UserError(
      "The stored runs were written by a newer version of this page.",
      "Reload the page to get that version.",
    );
  }
  return new UserError(
    `The stored runs cannot be reached: ${message || name}`,
    "Reload the page; in a private window or with site data blocked, the browser keeps no runs.",
  );
}

export const unknownRun = (id: string): UserError =>
  new UserError(`There is no stored run ${id}.`, "It may have been deleted; look at the list.");
