import { readFile } from "node:fs/promises";
import type { Page } from "playwright";
import { expect, inject } from "vitest";
import { pictureText } from "../../src/tasks/picture.ts";
import { loadPainters } from "../../src/tasks/picture-task.ts";
import { task } from "../../src/tasks/registry.ts";
import { seriousViolations } from "../support/axe.ts";
import { figure3, ready, stepOnScreen } from "../support/page.ts";
import { type Open, part, test } from "../support/page-test.ts";
import { ownRecording, servesRecording } from "../support/routed-recording.ts";

const promptGroup = (page: Page) => page.getByRole("group", { name: "Prompt" });
const nextPrompt = (page: Page) => promptGroup(page).getByRole("button", { name: "Next prompt" });

/** A page on which count-dots has taken so many steps. */
async function openDots(open: Open, steps: number): Promise<Page> {
  const query = "?preset=count-dots&seed=1";
  const address = new URL(query, inject("siteUrl")).href;
  const page = await open({ address, motion: "reduce" });
  await ready(page);
  await page.evaluate((count) => window.ratioscope.step(count), steps);
  await expect.poll(() => stepOnScreen(page)).toBe(steps);
  await figure3(page).getByRole("gridcell").first().waitFor();
  return page;
}

test("a prompt's picture stands with its prompt, large under the pointer, and is said in words", async ({
  open,
}) => {
  const page = await openDots(open, 1);
  const picture = promptGroup(page).getByRole("img");
  const { prompt: prompts } = await page.evaluate(
    () => window.ratioscope.record() as unknown as { prompt: string[] },
  );
  await loadPainters();
  const said = new Set(
    prompts.map((prompt) => task("count-dots").picture!.describe(prompt.split(" "))),
  );

  await part(
    "the figures' bar: as many dots are drawn as are said, of four pixels each",
    async () => {
      await picture.and(page.getByLabel(/^picture: \d+ dots?: /)).waitFor();
      const label = (await picture.getAttribute("aria-label")) ?? "";
      expect([...said].map((words) => `picture: ${words}`)).toContain(label);
      const paths = await picture
        .locator("path")
        .evaluateAll((all) => all.map((each) => each.getAttribute("d")));
      expect(paths.join("").split("M").length - 1).toBe(4 * Number(/\d+/.exec(label)![0]));
    },
  );
  await part("under the pointer it is large, with the patches of the tower", async () => {
    await picture.hover();
    await page.getByText(/12 × 12 pixels in patches of 4 × 4$/).waitFor();
    expect(await picture.locator(".prompt-picture-edge").count()).toBe(2);
    await page.mouse.move(1, 1);
    await expect.poll(() => picture.locator(".prompt-picture-edge").count()).toBe(0);
  });
  await part("neither bar nor figures move as one prompt comes after another", async () => {
    const place = promptGroup(page).locator(".twin-prompt-place");
    for (let now = await place.textContent(); !now!.includes(" 1 of ");) {
      const before = now;
      await nextPrompt(page).click();
      await expect.poll(async () => (now = await place.textContent())).not.toBe(before);
    }
    const found = await page.evaluate(async () => {
      const prompts = [];
      let entries: PerformanceEntry[] = [];
      const observer = new PerformanceObserver((list) => entries.push(...list.getEntries()));
      const frames = async () => {
        for (const _ of [1, 2, 3, 4]) await new Promise(requestAnimationFrame);
      };
      /** What moved of the bar and the figures since it was asked last. */
      const moved = () => {
        // TypeScript's DOM library does not know layout shifts yet.
        const nodes = [...entries, ...observer.takeRecords()].flatMap(
          (entry) => Reflect.get(entry, "sources") as { node: Node | null }[],
        );
        entries = [];
        const parts = nodes.map(({ node }) =>
          node instanceof Element ? node : node?.parentElement,
        );
        return parts
          .filter((part) => part?.closest(".twin-figure, .twin-toolbar"))
          .map((part) => part!.outerHTML.slice(0, 80));
      };
      await frames();
      observer.observe({ type: "layout-shift" });
      const chip = () => document.querySelector(".twin-prompt code:has(.prompt-picture)");
      for (let now = chip(); now !== null; now = chip()) {
        const { x, y, width, height } = now.getBoundingClientRect();
        prompts.push({ box: [x, y, width, height].map(Math.round).join(" "), moved: moved() });
        document.querySelector<HTMLElement>('button[aria-label="Next prompt"]')!.click();
        await frames();
      }
      observer.disconnect();
      return prompts;
    });
    expect(found.length).toBeGreaterThan(3);
    expect(found.map(({ moved }) => moved)).toEqual(found.map(() => []));
    expect(new Set(found.map(({ box }) => box)).size).toBe(1);
    // Of the whole batch no picture stands there, and the bar is as high.
    const bar = page.locator(".twin-toolbar");
    const whole = await bar.boundingBox();
    await nextPrompt(page).click();
    await picture.waitFor();
    expect(await bar.boundingBox()).toEqual(whole);
  });
  await part("the table of completions draws it in every row of its prompt", async () => {
    const table = page.getByRole("group", { name: "Completions, table", exact: true });
    const label = (await picture.getAttribute("aria-label")) ?? "";
    await table.getByLabel(label).first().waitFor();
    const rows = await table.locator("tbody tr").count();
    expect(await table.getByLabel(label).count()).toBe(rows);
    expect(await page.locator("body").innerText()).not.toContain("<picture>");
  });
});

/** A saved figure, as the browser's XML parser reads it. */
const parse = (page: Page, svg: string) =>
  page.evaluate((source) => {
    const root = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
    const named = [...root.querySelectorAll('g[role="img"]')].find((each) =>
      each.querySelector("title")?.textContent.startsWith("picture"),
    );
    const seen = document.body.appendChild(document.importNode(root, true));
    const drawn = [...seen.querySelectorAll('g[role="img"] svg')].map((each) => {
      const { width, height, bottom } = each.getBoundingClientRect();
      return { width, height, bottom };
    });
    const cells = [...seen.querySelectorAll("text")].map(
      (each) => each.getBoundingClientRect().top,
    );
    seen.remove();
    return {
      error: root.querySelector("parsererror")?.textContent ?? null,
      desc: root.querySelector(":scope > desc")?.textContent ?? null,
      title: named?.querySelector("title")?.textContent ?? null,
      fills: [...(named?.querySelectorAll("path") ?? [])].map((each) => each.getAttribute("fill")),
      pixels: [...(named?.querySelectorAll("path") ?? [])]
        .map((each) => each.getAttribute("d"))
        .join(""),
      ground: named?.querySelector("rect")?.getAttribute("width") ?? null,
      drawn: drawn[0] ?? null,
      highestText: Math.min(...cells),
      references: [...root.querySelectorAll("*")].flatMap((each) =>
        [...each.attributes].filter(({ name }) => name === "class" || name === "style"),
      ).length,
    };
  }, svg);

test("a recorded step says why it cannot tell where its tokens look", async ({ openRecorded }) => {
  const own = ownRecording();
  const picture = pictureText(Array.from({ length: 12 }, () => "..r..b......"));
  const records = own.records.map((record) => ({
    ...record,
    prompt: record.prompt.map(() => `${picture} =`),
  }));
  const before = servesRecording({ ...own, records });
  const page = await openRecorded({ motion: "reduce", before });
  const row = page.getByRole("region", { name: /^Row \d+, taken apart$/ });
  const button = row.getByRole("button", { name: "Show where each token looks on the picture" });
  await button.and(page.locator(":disabled")).waitFor();
  await row
    .getByText("A recorded run has no weights to try it on; train one step.")
    .filter({ visible: true })
    .waitFor();
  expect(await seriousViolations(page, "pictures, light")).toEqual([]);
});

test("a saved figure has its prompt's picture above it, and says what it is", async ({ open }) => {
  const page = await openDots(open, 1);
  const picture = promptGroup(page).getByRole("img");
  await picture.and(page.getByLabel(/^picture: \d+ dots?: /)).waitFor();
  const label = (await picture.getAttribute("aria-label"))!;
  const pixels = await picture
    .locator("path")
    .evaluateAll((all) => all.map((each) => each.getAttribute("d")).join(""));
  const save = async (name: string) => {
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name, exact: true }).click(),
    ]);
    return readFile(await file.path());
  };
  await page.getByText("View", { exact: true }).click();
  for (const title of ["Figure 3", "Figure 4", "Both figures"]) {
    const svg = await parse(page, (await save(`Save ${title} as SVG`)).toString());
    expect(svg, title).toMatchObject({ error: null, references: 0, title: label, pixels });
    expect(svg.desc).toBe(`Prompt: ${label}`);
    expect(svg.ground).toBe("12");
    for (const fill of svg.fills) expect(fill).toMatch(/^rgb\((255, 0, 0|0, 255, 0|0, 0, 255)\)$/);
    // Three times as large as on the page, and above every text of the figure.
    expect([svg.drawn!.width, svg.drawn!.height]).toEqual([72, 72]);
    expect(svg.drawn!.bottom).toBeLessThanOrEqual(svg.highestText);
  }
  await page.getByRole("button", { name: "Use the dark theme" }).click();
  expect(await seriousViolations(page, "dark")).toEqual([]);
  // The whole batch has no one prompt.
  await page.keyboard.press("Escape");
  const place = promptGroup(page).locator(".twin-prompt-place");
  for (let now = await place.textContent(); now!.includes(" of ");) {
    const before = now;
    await nextPrompt(page).click();
    await expect.poll(async () => (now = await place.textContent())).not.toBe(before);
  }
  await page.getByText("View", { exact: true }).click();
  const all = await parse(page, (await save("Save Figure 3 as SVG")).toString());
  expect(all).toMatchObject({ error: null, desc: null, title: null });
});

test("a pinned token shows where its attention lies on the patches, from the GPU", async ({
  open,
}) => {
  const page = await openDots(open, 2);
  const cells = figure3(page).getByRole("gridcell");
  const [row] = (await cells.first().getAttribute("data-cell"))!.split("-");
  const cell = (token: number) => figure3(page).locator(`[data-cell="${row}-${token}"]`);
  const looks = page.getByRole("region", { name: /where token \d+ looks$/ });
  const numbers = looks.getByRole("region", {
    name: "Share of attention on each patch, in percent",
  });
  /** Shares of the patches as they stand in the table, and of picture and text as they are said. */
  const told = async () => {
    const patches = (await numbers.locator("tbody td").allTextContents()).map(Number);
    const said = await looks.getByRole("status").innerText();
    const [picture, most, text] = [...said.matchAll(/(\d+\.\d)\s%/g)].map(([, share]) =>
      Number(share),
    );
    return { patches, picture: picture!, most: most!, text: text!, said };
  };
  const sums = ({ patches, picture, most, text }: Awaited<ReturnType<typeof told>>) => {
    expect(patches).toHaveLength(9);
    // Each is rounded to a tenth.
    expect(Math.abs(patches.reduce((sum, share) => sum + share, 0) - picture)).toBeLessThan(0.51);
    expect(Math.abs(picture + text - 100)).toBeLessThan(0.11);
    expect(Math.max(...patches)).toBe(most);
  };

  await part("asked for by a button, it is the pinned token's", async () => {
    await cell(0).click();
    await page.getByRole("button", { name: "Show where each token looks on the picture" }).click();
    await numbers.waitFor();
    const first = await told();
    expect(first.said).toMatch(/^Token 1, .* has .* of its attention on the picture/);
    sums(first);
    await looks.getByText(/Mean over 2 layers of 4 heads each/).waitFor();
    await looks.getByText(/the prompt’s last token/).waitFor();
  });
  await part("each patch is as white as its share", async () => {
    const { patches, most } = await told();
    const white = await looks
      .locator(".look-picture > svg rect[fill-opacity]")
      .evaluateAll((all) => all.map((each) => Number(each.getAttribute("fill-opacity"))));
    expect(white).toHaveLength(9);
    patches.forEach((share, at) => {
      expect(Math.abs(white[at]! / Math.max(...white) - share / most)).toBeLessThan(0.02);
    });
  });
  await part("another layer, and another token, have numbers of their own", async () => {
    const all = await told();
    const layers = looks.getByRole("radiogroup", { name: "Layer whose attention is shown" });
    await layers.getByRole("radio", { name: "layer 0" }).click();
    await looks.getByText(/Mean over the 4 heads of layer 0/).waitFor();
    const lowest = await told();
    sums(lowest);
    await layers.getByRole("radio", { name: "layer 1" }).click();
    await looks.getByText(/Mean over the 4 heads of layer 1/).waitFor();
    const highest = await told();
    sums(highest);
    expect(lowest.patches).not.toEqual(highest.patches);
    all.patches.forEach((share, at) => {
      expect(Math.abs((lowest.patches[at]! + highest.patches[at]!) / 2 - share)).toBeLessThan(0.11);
    });
    await cell(1).click();
    await looks.getByText(/^Token 2, /).waitFor();
    await looks.getByText(/the token before it/).waitFor();
    const second = await told();
    sums(second);
    expect(second.patches).not.toEqual(highest.patches);
  });
  await part("the film draws pictures; axe", async () => {
    await page.getByRole("region", { name: "Film of learning" }).getByRole("img").first().waitFor();
    expect(await page.locator("body").innerText()).not.toContain("<picture>");
    expect(await seriousViolations(page, "where a token looks")).toEqual([]);
  });
});
