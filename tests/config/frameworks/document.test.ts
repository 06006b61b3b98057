import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { betweenMarks } from "../../../scripts/between-marks.mjs";
import { frameworksDocument } from "../../../src/config/frameworks/table.ts";

/** The formatter lays tables out anew. */
const words = (text: string): string => text.replaceAll(/[\s-]+/g, " ");

test("docs/frameworks.md has the tables: `npm run fix` writes them", async () => {
  const written = await readFile(new URL("../../../docs/frameworks.md", import.meta.url), "utf8");
  expect(words(written)).toBe(words(betweenMarks(written, "frameworks", frameworksDocument())));
});
