/** "visits": until it is forgotten on purpose; "reloads": as long as the tab is open. */
type Span = "visits" | "reloads";

let keeps = true;

/** From now on nothing is read from this browser's storage or left there. */
export const keepNothing = (): void => {
  keeps = false;
};

// Where storage is blocked the very mention of it throws; a full one refuses to take more. The page
// then forgets, and works all the same.
function inStorage<T>(span: Span, work: (storage: Storage | undefined) => T): T | null {
  if (!keeps) return null;
  try {
    return work(span === "visits" ? globalThis.localStorage : globalThis.sessionStorage);
  } catch {
    return null;
  }
}

/** A choice that the page left in this browser, as a text; null: none, or none that can be read. */
export const browserPreference = (key: string, span: Span = "visits"): string | null =>
  inStorage(span, (storage) => storage?.getItem(key) ?? null);

/** Leaves a choice in this browser; null takes it away. */
export function setBrowserPreference(
  key: string,
  text: string | null,
  span: Span = "visits",
): void {
  inStorage(span, (storage) =>
    text === null ? storage?.removeItem(key) : storage?.setItem(key, text),
  );
}

/** A list that the page left, entry by entry as `isEntry` takes them; empty where another version left something else. */
export function browserPreferenceList<T>(
  key: string,
  isEntry: (value: unknown) => value is T,
): T[] {
  try {
    const kept: unknown = JSON.parse(browserPreference(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isEntry) : [];
  } catch {
    return [];
  }
}
