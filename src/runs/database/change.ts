import type { IDBPTransaction, StoreNames } from "idb";
import type { Runs, Stores } from "./stores.ts";

export type Change<Names extends readonly StoreNames<Stores>[]> = IDBPTransaction<
  Stores,
  Names,
  "readwrite"
>;

/** One transaction, all or nothing: also when `work` throws before its first request. */
export async function change<Names extends readonly StoreNames<Stores>[], T>(
  database: Runs,
  names: Names,
  work: (transaction: Change<Names>) => Promise<T>,
): Promise<T> {
  const transaction = database.transaction(names, "readwrite");
  try {
    const [result] = await Promise.all([work(transaction), transaction.done]);
    return result;
  } catch (error) {
    abort(transaction);
    throw await transaction.done.then(
      () => error,
      (cause: unknown) => (isAbort(cause) ? error : cause),
    );
  }
}

/** A request nobody waits for: what fails it fails its transaction, whose error says why. */
export const ignoreAbort = (request: Promise<unknown>): void => void request.catch(() => {});

function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch {
    // It has ended by itself: that is what was wanted.
  }
}

/** Requests of an aborted transaction only say that it was; why is its own error. */
const isAbort = (error: unknown): boolean => error instanceof Error && error.name === "AbortError";
