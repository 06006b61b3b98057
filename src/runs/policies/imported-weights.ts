import { importedName } from "../../config/imported.ts";
import { UserError } from "../../base/user-error.ts";

// Files of weights that the reader brought, in the browser's cache: they outlive the page, so that
// a run that started from them can be reset and continued later.

const CACHE = "ratioscope-weights";
/** Older ones make room. */
const MOST = 8;

/** Whole: a worker that began as a blob has nothing that a relative address would begin from. */
const address = (name: string): string =>
  new URL(`/imported-weights/${name}`, globalThis.location.origin).href;

/** Keeps a checked safetensors file; returns the name that a run's `warmStart` has for it. */
export async function keepWeights(file: Uint8Array): Promise<string> {
  const bytes = file.slice();
  const name = importedName(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
  const cache = await caches.open(CACHE);
  await cache.delete(address(name));
  const old = await cache.keys();
  await Promise.all(
    old.slice(0, Math.max(0, old.length + 1 - MOST)).map((key) => cache.delete(key)),
  );
  await cache.put(address(name), new Response(bytes));
  return name;
}

/** The file that was kept under this name. */
export async function findWeights(name: string): Promise<Uint8Array> {
  const found = await (await caches.open(CACHE)).match(address(name));
  if (found) return new Uint8Array(await found.arrayBuffer());
  throw new UserError(
    `The weights ${name} that this run starts from are not in this browser.`,
    "Import their file again, or set warmStart to null to start from random weights.",
    ["warmStart"],
  );
}
