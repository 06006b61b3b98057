import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, inject } from "vitest";
import { LESSONS } from "../../src/lessons/lessons.ts";
import { lessonLinks, teachingLinks } from "../../src/lessons/links.ts";
import { seriousViolations } from "../support/axe.ts";
import { test } from "../support/page-test.ts";

const pictures = fileURLToPath(new URL("../../public/lessons", import.meta.url));

test("lessons.html lists every lesson and link with its picture, and a link opens its lesson", async ({
  open,
}) => {
  const page = await open({ address: `${inject("siteUrl")}lessons.html`, theme: "dark" });
  const links = [...lessonLinks, ...teachingLinks];
  await expect
    .poll(() => page.getByRole("heading", { level: 3 }).allInnerTexts())
    .toEqual(links.map(({ title }) => title));
  expect(lessonLinks).toHaveLength(LESSONS.length);
  for (const image of await page.locator("img").all()) {
    await image.scrollIntoViewIfNeeded();
    // Of a picture that is not there, or not allowed, it stays 0.
    await expect
      .poll(() => image.evaluate((each) => (each as HTMLImageElement).naturalWidth))
      .toBe(480);
  }
  expect(await seriousViolations(page, "lessons.html")).toEqual([]);

  const files = readdirSync(pictures);
  expect(files.toSorted()).toEqual(links.map(({ picture }) => picture).toSorted());
  const bytes = files.reduce((sum, file) => sum + statSync(join(pictures, file)).size, 0);
  expect(bytes).toBeLessThan(300_000);

  await page.getByRole("link", { name: "One hot token" }).click();
  await page.locator(".lesson-ask").waitFor();
  await page.getByRole("heading", { name: /One hot token/ }).waitFor();
  expect(await page.getByRole("region", { name: "The link" }).count()).toBe(0);
});
