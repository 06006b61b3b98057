import { readFile } from "node:fs/promises";
import type { Page } from "playwright";
import { expect } from "vitest";
import { flips, type RoutedRecord } from "../../src/analysis/flips.ts";
import { runFrom } from "../../src/config/run-from.ts";
import { recordingToJson } from "../../src/runs/recording.ts";
import { waveBatch } from "../support/example-record.ts";
import { figure3 } from "../support/page.ts";
import { part, test } from "../support/page-test.ts";
import { withRoutes } from "../support/routed-record.ts";

// The recorded run is enough: pictures are of what is on the page.

/** Presses a button of an open menu; returns the file's name and bytes. */
async function save(page: Page, name: string): Promise<{ name: string; bytes: Buffer }> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name, exact: true }).click(),
  ]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

interface Parsed {
  error: string | null;
  /** Every text, in order. */
  texts: string[];
  width: number;
  height: number;
  /** Where the text begins that begins farthest to the right, as a share of the width. */
  farthest: number;
  /** References to anything outside the file. */
  outside: string[];
  images: number;
}

/** Reads an SVG file as the browser's XML parser does, without the page around it. */
const parse = (page: Page, svg: Buffer): Promise<Parsed> =>
  page.evaluate((source) => {
    const root = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
    const bare = (text: string) =>
      !/^url\(#[\w-]+\)$/.test(text) && /url\(|var\(|https?:/.test(text);
    const seen = document.body.appendChild(document.importNode(root, true));
    const { left, width } = seen.getBoundingClientRect();
    const lefts = [...seen.querySelectorAll("text")].map(
      (each) => each.getBoundingClientRect().left,
    );
    seen.remove();
    return {
      farthest: (Math.max(...lefts) - left) / width,
      error: root.querySelector("parsererror")?.textContent ?? null,
      texts: [...root.querySelectorAll("text")].map(({ textContent }) => textContent),
      width: Number(root.getAttribute("width")),
      height: Number(root.getAttribute("height")),
      outside: [...root.querySelectorAll("*")].flatMap((element) =>
        [...element.attributes]
          .filter(({ name, value }) => name === "class" || name === "style" || bare(value))
          .map(({ name, value }) => `${element.tagName} ${name}="${value}"`),
      ),
      images: root.querySelectorAll("image").length,
    };
  }, svg.toString());

/** Width and height in a PNG's header. */
const pngSize = (bytes: Buffer): [number, number] => {
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
};

test("the twin figure as SVG and as PNG", async ({ openRecorded }) => {
  const page = await openRecorded({ motion: "reduce" });
  await page.getByText("View", { exact: true }).click();

  const drawn = await part(
    "SVG: the cells' texts, the caption with its parameters, nothing from outside",
    async () => {
      const cells = await figure3(page)
        .locator(".twin-token")
        .evaluateAll((texts) => texts.map(({ textContent }) => textContent ?? ""));
      expect(cells.length).toBeGreaterThan(8);
      let last: Parsed | null = null;
      for (const [title, times] of [
        ["Figure 3", 1],
        ["Figure 4", 1],
        ["Both figures", 2],
      ] as const) {
        const { name, bytes } = await save(page, `Save ${title} as SVG`);
        expect(name).toMatch(/^ratioscope-figures?(-\d)?-four-passes-step-24-k3\.svg$/);
        const svg = await parse(page, bytes);
        last = svg;
        expect(svg.error).toBeNull();
        expect(svg.outside).toEqual([]);
        // Figures stand side by side: the picture has something all over its width.
        expect(svg.farthest, title).toBeGreaterThan(0.75);
        for (const cell of new Set(cells)) {
          const found = svg.texts.filter((text) => text === cell).length;
          const shown = cells.filter((text) => text === cell).length;
          expect(found, `${title}: ${cell}`).toBeGreaterThanOrEqual(times * shown);
        }
        const caption = svg.texts.join(" ");
        expect(caption).toMatch(/Step 24, k = 3; token arm: loss_type grpo/);
        expect(caption).toMatch(
          /importance_sampling_level token, ε 0\.2, sequence level by ε 0\.03, .*; preset four-passes, seed \d+/,
        );
        expect(caption).toContain(title === "Figure 4" ? "Figure 4: GSPO" : "Figure 3: GRPO");
      }
      return last!;
    },
  );

  await part("PNG: two pixels for each of the SVG's", async () => {
    const { name, bytes } = await save(page, "Save Both figures as PNG");
    expect(name).toBe("ratioscope-figures-four-passes-step-24-k3.png");
    expect(pngSize(bytes)).toEqual([2 * drawn.width, 2 * drawn.height]);
    // A blank picture of this size is far smaller.
    expect(bytes.length).toBeGreaterThan(20_000);
  });
});

test("row anatomy, distributions and charts, each from its own menu, in the theme on screen", async ({
  openRecorded,
}) => {
  const page = await openRecorded({ motion: "reduce" });
  await page.getByRole("button", { name: "Use the dark theme" }).click();
  await page.getByRole("region", { name: "Reward chart" }).locator("svg path").first().waitFor();
  await page.getByRole("button", { name: "Zoom to the clip band" }).click();
  const files = [
    ["Save: Row anatomy", "Row anatomy", /Row +\d+ , taken apart/],
    [
      "Save: Ratio distributions",
      "Ratio distributions",
      /Token ratios .*Sequence ratios .*around the clip band.* \d+ beyond, (down )?to 0\.767/,
    ],
    ["Save: Charts", "Reward chart", /Reward .*step 0.*Steps 0 to 24; arms token and sequence/],
    ["Save: Charts", "All charts", /Reward .*Clipped .*Entropy /],
  ] as const;
  for (const [menu, title, says] of files) {
    await page.getByLabel(menu).click();
    const { name, bytes } = await save(page, `Save ${title} as SVG`);
    expect(name).toMatch(/^ratioscope-[a-z-]+-four-passes-steps?-24(-k3)?\.svg$/);
    const svg = await parse(page, bytes);
    expect([svg.error, svg.outside], title).toEqual([null, []]);
    expect(svg.texts.join(" ")).toMatch(says);
    expect(svg.texts.join(" ")).toContain("preset four-passes, seed");
    expect(bytes.toString()).toContain('fill="#15181d"');
    const png = await save(page, `Save ${title} as PNG`);
    expect(pngSize(png.bytes)).toEqual([2 * svg.width, 2 * svg.height]);
    await page.keyboard.press("Escape");
  }
});

test("a figure of thousands of tokens, a bitmap on the page with marks of flips, is one in the file", async ({
  openRecorded,
}) => {
  const record = {
    ...withRoutes(waveBatch({ groups: 1, perGroup: 8, columns: 256 })),
    arm: "token",
  };
  const { arm, step, generation, innerStep, metrics } = record;
  const reports = [{ arm, step, generation, innerStep, metrics }];
  const page = await openRecorded({
    motion: "reduce",
    before: async (fresh) => {
      await fresh.route(/recordings\/default\.json$/, (route) =>
        route.fulfill({
          contentType: "application/json",
          body: recordingToJson({ run: runFrom(), reports, records: [record] }),
        }),
      );
    },
  });
  await page.locator("canvas.twin-canvas").first().waitFor();
  await expect.poll(async () => (await markedTokens(page, record)).marked).not.toEqual([]);
  const { marked, flipped } = await markedTokens(page, record);
  expect(marked).toEqual(flipped);
  await page.getByText("View", { exact: true }).click();
  const { bytes } = await save(page, "Save Both figures as SVG");
  const svg = await parse(page, bytes);
  expect([svg.error, svg.outside, svg.images]).toEqual([null, [], 2]);
  expect(svg.texts.join(" ")).toContain(`Step ${step}, k = ${innerStep}`);
  const png = await save(page, "Save Both figures as PNG");
  expect(pngSize(png.bytes)).toEqual([2 * svg.width, 2 * svg.height]);
  expect(png.bytes.length).toBeGreaterThan(50_000);
});

/**
 * Of the painted Figure 3's row with the active cell, among the first 40 tokens: those whose cell has
 * pixels of the marks' colour, and those that go through other experts.
 */
async function markedTokens(page: Page, record: RoutedRecord) {
  const { row, marked } = await figure3(page)
    .locator(".twin-virtual [role=gridcell]")
    .evaluate((cell) => {
      const canvas = cell.closest(".twin-scroll")!.querySelector("canvas")!;
      const context = canvas.getContext("2d")!;
      const density = canvas.width / canvas.clientWidth;
      const [top, width, height] = [cell.style.top, cell.style.width, cell.style.height].map(
        (text) => parseFloat(text) * density,
      ) as [number, number, number];
      context.fillStyle = getComputedStyle(canvas).getPropertyValue("--text-1").trim();
      const text = String(context.fillStyle);
      const ink = [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
      const has = (token: number): boolean => {
        const { data } = context.getImageData(token * width, top, width, height);
        // Between cells there is nothing, which is black as well.
        const near = (at: number) =>
          data[at + 3] === 255 && ink.every((each, i) => Math.abs(data[at + i]! - each) < 30);
        return Array.from({ length: data.length / 4 }, (_, i) => near(4 * i)).some(Boolean);
      };
      const row = Number(cell.dataset.cell!.split("-")[0]);
      return { row, marked: Array.from({ length: 40 }, (_, i) => i).filter(has) };
    });
  const tokens = Array.from({ length: 40 }, (_, i) => i);
  const flipped = tokens.filter((token) => flips(record, row * record.columns + token) > 0);
  return { marked, flipped };
}
