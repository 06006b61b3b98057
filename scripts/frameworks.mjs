// docs/frameworks.md has the tables of src/config/frameworks between its marks, written from here by
// `npm run fix`; tests/config/frameworks/document.test.ts compares them.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";
import { betweenMarks } from "./between-marks.mjs";

const TABLE = fileURLToPath(new URL("../src/config/frameworks/table.ts", import.meta.url));
const DOCUMENT = fileURLToPath(new URL("../docs/frameworks.md", import.meta.url));

const { module } = await runnerImport(TABLE, { configFile: false, logLevel: "error" });
const { frameworksDocument } = /** @type {typeof import("../src/config/frameworks/table.ts")} */ (
  module
);
const text = betweenMarks(readFileSync(DOCUMENT, "utf8"), "frameworks", frameworksDocument());
writeFileSync(DOCUMENT, text);
