import { afterEach, expect, test, vi } from "vitest";
import {
  browserPreference,
  setBrowserPreference,
  browserPreferenceList,
} from "../../../src/store/browser/browser-preference.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

function stubStorage(): Map<string, string> {
  const kept = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
    removeItem: (key: string) => void kept.delete(key),
  });
  return kept;
}

const isNumber = (value: unknown): value is number => typeof value === "number";

test("what is left is there again, until it is taken away", () => {
  stubStorage();
  setBrowserPreference("a", "b");
  expect(browserPreference("a")).toBe("b");
  setBrowserPreference("a", null);
  expect(browserPreference("a")).toBeNull();
});

test("of a list, what is not an entry is left out; what is no list is empty", () => {
  const kept = stubStorage();
  kept.set("a", '[1, "2", 3]');
  expect(browserPreferenceList("a", isNumber)).toEqual([1, 3]);
  kept.set("a", "[1, ");
  expect(browserPreferenceList("a", isNumber)).toEqual([]);
  kept.set("a", "{}");
  expect(browserPreferenceList("a", isNumber)).toEqual([]);
});

test("a browser that keeps nothing forgets, without a word", () => {
  vi.stubGlobal("localStorage", {
    getItem: () => {
      throw new DOMException("denied", "SecurityError");
    },
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
  });
  setBrowserPreference("a", "b");
  expect(browserPreference("a")).toBeNull();
  expect(browserPreferenceList("a", isNumber)).toEqual([]);
});
