import "fake-indexeddb/auto";
import { expect, test } from "vitest";
import { storedFamilies } from "../../src/worker/stored-families.ts";

test("what was measured is there for the next worker, under its own key only", async () => {
  const name = `adapters ${crypto.randomUUID()}`;
  const first = storedFamilies(name);
  expect(await first.get("nvidia ampere")).toBeUndefined();
  await first.set("nvidia ampere", "workgroup");
  await first.set("intel xe", "register");
  const next = storedFamilies(name);
  expect(await next.get("nvidia ampere")).toBe("workgroup");
  expect(await next.get("intel xe")).toBe("register");
  expect(await next.get("apple m1")).toBeUndefined();
});
