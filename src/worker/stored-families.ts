import { type DBSchema, openDB } from "idb";
import type { FamilyCache } from "../engine/layers/choose-family.ts";

interface Adapters extends DBSchema {
  families: { key: string; value: string };
}

/** What was measured of this browser's adapters, in a database of its own: it may go at any time. */
export function storedFamilies(name = "ratioscope adapters"): FamilyCache {
  const open = () =>
    openDB<Adapters>(name, 1, {
      upgrade: (database) => void database.createObjectStore("families"),
    });
  return {
    async get(key) {
      const database = await open();
      return database.get("families", key).finally(() => database.close());
    },
    async set(key, value) {
      const database = await open();
      await database.put("families", value, key).finally(() => database.close());
    },
  };
}
