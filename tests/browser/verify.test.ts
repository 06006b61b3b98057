import { readFile } from "node:fs/promises";
import type { Page } from "playwright";
import { expect } from "vitest";
import { seriousViolations } from "../support/axe.ts";
import { longRun, ready, transport } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";

const section = (page: Page) => page.getByRole("region", { name: "Verify on this GPU" });
const button = (page: Page) => section(page).getByRole("button", { name: "Verify on this GPU" });
const report = (page: Page) => section(page).getByLabel("Report of the reference vectors");

test("in the Guide the words come first; the tests are text on the page, and no link is a data address", async ({
  openRecorded,
}) => {
  const page = await openRecorded();
  await page.getByRole("tab", { name: "Guide" }).click();
  await button(page).waitFor();

  await part("what is for engineers is folded away, after the words", async () => {
    const panel = page.getByRole("tabpanel", { name: "Guide" });
    const headings = await panel.getByRole("heading", { level: 3 }).allInnerTexts();
    const at = (title: string) => headings.findIndex((heading) => heading.endsWith(title));
    expect(at("Words")).toBeGreaterThan(at("Flip the switch while it trains"));
    expect(at("Verify on this GPU")).toBeGreaterThan(at("Presets"));
    expect(await panel.innerText()).not.toMatch(/npm run|\.test\.ts/);
  });

  await part("it unfolds to the tests as they stand in the repository", async () => {
    await section(page).getByText("For engineers").click();
    for (const path of [
      "tests/cli/vectors.test.ts",
      "tests/engine/objective/trl-vectors.test.ts",
    ]) {
      const text = section(page).getByLabel(path);
      await text.waitFor();
      expect((await text.textContent())!).toBe(await readFile(path, "utf8"));
    }
    expect(await section(page).locator("a[href^='data:']").count()).toBe(0);
    expect(await seriousViolations(page, "verify", ".verify", null)).toEqual([]);
  });

  await part("every link of every tab leads somewhere", async () => {
    const leads = await page.getByRole("tab").count();
    for (let tab = 0; tab < leads; tab++) {
      await page.getByRole("tab").nth(tab).click();
      await expect.poll(() => page.locator(".explain [aria-busy=true]").count()).toBe(0);
      expect(await page.locator("a[href^='data:']").count()).toBe(0);
    }
  });
});

test("the bundled vectors pass on this adapter; a wrong number and a missing file are told", async ({
  open,
}) => {
  let answer: "true" | "wrong" | "missing" = "true";
  const fetched: string[] = [];
  const page = await open({
    address: longRun(),
    before: async (opened) => {
      const context = opened.context();
      context.on("request", (request) => fetched.push(request.url()));
      await context.route(/vectors\/index\.json$/, (route) =>
        answer === "true"
          ? route.continue()
          : route.fulfill({ json: [{ file: "optimizer.json", cases: 1 }] }),
      );
      await context.route(/vectors\/optimizer\.json$/, async (route) => {
        if (answer === "true") return route.continue();
        if (answer === "missing") return route.fulfill({ status: 404, body: "" });
        const file = await (await route.fetch()).json();
        file.cases[0].pre_clip_norms[2] *= 1.01;
        await route.fulfill({ json: file });
      });
    },
  });
  await ready(page);
  await page.getByRole("tab", { name: "Guide" }).click();
  await button(page).waitFor();
  const play = transport(page).getByRole("button", { name: "Play" });
  const pause = transport(page).getByRole("button", { name: "Pause" });

  await part("training pauses, and every case passes", async () => {
    await play.click();
    await pause.waitFor();
    expect(fetched.filter((url) => url.includes("vectors/"))).toEqual([]);
    await noteStatus(page);
    await button(page).click();
    await expect.poll(() => report(page).innerText()).toContain("32 cases, 0 failed");
    await play.waitFor();
    const text = await report(page).innerText();
    expect(text).toMatch(/^adapter {2}\S+/m);
    expect(text).toMatch(/^ {2}\d\.\d\de-\d+ +weights, 1 − cosine of the update$/m);
    // Of mixtures: none of their experts may be another one.
    expect(text).toMatch(/^ {2}0 +experts chosen$/m);
    expect(text).toMatch(/^ {2}\d\.\d\de-\d+ +replayed logp$/m);
    expect(await section(page).innerText()).toMatch(/0 failures on \S+/);
    const said = await page.evaluate((): unknown => Reflect.get(window, "said"));
    expect(said).toEqual(expect.arrayContaining([expect.stringMatching(/^Case [1-9]\d* of 32$/)]));
  });

  await part("training goes on afterwards", async () => {
    await play.click();
    await pause.waitFor();
  });

  await part("a wrong number is a failure with its sentence", async () => {
    answer = "wrong";
    await button(page).click();
    await section(page)
      .getByText(/1 failure on \S+/)
      .waitFor();
    expect(await report(page).innerText()).toMatch(/failed: D00_\S+: grad_norm is off by 9\.90e-3/);
  });

  await part("a missing file is told", async () => {
    answer = "missing";
    await button(page).click();
    await section(page)
      .getByRole("alert")
      .getByText("vectors/optimizer.json are not beside the page (404)")
      .waitFor();
  });
});

/** Notes in `said` all that the section's status says from now on, however short it stands there. */
const noteStatus = (page: Page): Promise<void> =>
  section(page).evaluate((element) => {
    const said: string[] = [];
    Object.assign(window, { said });
    new MutationObserver(() => {
      for (const status of element.querySelectorAll("[role=status]")) said.push(status.textContent);
    }).observe(element, { characterData: true, childList: true, subtree: true });
  });
