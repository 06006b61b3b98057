import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { withoutHelp } from "../../scripts/without-help.mjs";
import { fields } from "../../src/config/schema.ts";

const FIELDS = new URL("../../src/config/fields/", import.meta.url);

type Transform = (code: string, id: string) => { code: string } | null;

test("a worker has every field's values, and no sentence about one", async () => {
  const transform = withoutHelp().transform as unknown as Transform;
  let before = "";
  let after = "";
  for (const name of await readdir(FIELDS)) {
    const code = await readFile(new URL(name, FIELDS), "utf8");
    before += code;
    after += transform(code, new URL(name, FIELDS).pathname)!.code;
  }
  const said = fields.map(({ help }) => help).filter((help) => before.includes(help));
  expect(said.length).toBeGreaterThan(150);
  expect(said.filter((help) => after.includes(help))).toEqual([]);
  const values = fields.flatMap(({ name, type, trlDefault, removed }) => [
    name,
    ...(type.kind === "enum" ? type.values.map(String) : []),
    ...(typeof trlDefault === "string" ? [trlDefault] : []),
    ...(removed ? [removed.why] : []),
    ...(type.kind === "text" ? [type.says] : []),
  ]);
  const isIn = (code: string) => (value: string) =>
    code.includes(`"${value}"`) || code.includes(`  ${value}: `);
  const there = values.filter(isIn(before));
  expect(there.length).toBeGreaterThan(250);
  expect(there.filter((value) => !isIn(after)(value))).toEqual([]);
  expect(transform(before, "/src/config/field.ts")).toBeNull();
});
