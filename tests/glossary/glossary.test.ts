import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { lossForm } from "../../src/config/loss-types.ts";
import { lossTypes } from "../../src/config/types.ts";
import { type Entry, GLOSSARY, LOSS_WORDS } from "../../src/glossary/glossary.ts";

const views = fileURLToPath(new URL("../../src/views", import.meta.url));
const sources = readdirSync(views, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(join(views, name), "utf8"));
/** Files that explain words where they stand. */
const explaining = sources.filter((text) => text.includes('controls/Word.tsx"'));

const entries: readonly (readonly [string, Entry])[] = Object.entries(GLOSSARY);

test.each(entries)("%s stands somewhere on the page", (id) => {
  const named = new RegExp(`"${id}"|\\b${id}: "`);
  expect(explaining.some((text) => named.test(text))).toBe(true);
});

test("every word that is written out has its entry", () => {
  const asked = explaining.flatMap((text) => [
    ...text.matchAll(/<Word id="([^"]+)"|word[=:] ?"([^"]+)"/g),
  ]);
  expect(asked.length).toBeGreaterThan(15);
  for (const [, id, title] of asked) expect(Object.keys(GLOSSARY)).toContain(id ?? title);
});

test("an explanation has two lines at most, and is a sentence", () => {
  const says = [...entries.map(([, entry]) => entry.says), ...Object.values(LOSS_WORDS)];
  for (const text of says) {
    expect(text.length, text).toBeLessThanOrEqual(120);
    expect(text).toMatch(/^[A-Z0-9].*\.$/);
  }
  expect(new Set(entries.map(([, { word }]) => word)).size).toBe(entries.length);
});

test("each loss type is explained, and clips in words where it clips in the loss", () => {
  expect(Object.keys(LOSS_WORDS).toSorted()).toEqual([...lossTypes].toSorted());
  for (const loss_type of lossTypes) {
    const { rule } = lossForm({ loss_type });
    expect(LOSS_WORDS[loss_type].startsWith("Clips."), loss_type).toBe(rule === "clip");
    expect(LOSS_WORDS[loss_type].startsWith("No clip:"), loss_type).toBe(rule !== "clip");
  }
});
