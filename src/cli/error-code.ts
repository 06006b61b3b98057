/** The code that Node gives a fault of the file system, such as ENOENT. */
export const errorCode = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error);
