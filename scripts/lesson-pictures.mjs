// `node scripts/lesson-pictures.mjs [NAME …]`: writes public/lessons, the pictures of lessons.html, from
// the built site (`npm run build` first). On the recorded run and the worked example: no GPU is needed.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright";
import { preview } from "vite";
import { chromiumFlags, findChromium } from "./chromium.mjs";
import { readLinks } from "./lessons-page.mjs";
import { root } from "./setup.mjs";

const SIZE = { width: 480, height: 300 };
const SCALE = 2.5;

const { lessonLinks, teachingLinks } = await readLinks();
const only = new Set(process.argv.slice(2));
const server = await preview({ root, logLevel: "error", preview: { port: 0 } });
const [address = ""] = server.resolvedUrls?.local ?? [];
const browser = await chromium.launch({
  executablePath: findChromium() ?? "chromium",
  args: chromiumFlags,
});
const folder = join(root, "public", "lessons");
mkdirSync(folder, { recursive: true });
try {
  for (const { query, picture } of [...lessonLinks, ...teachingLinks]) {
    if (only.size > 0 && !only.has(picture.replace(".webp", ""))) continue;
    const context = await browser.newContext({
      viewport: { width: SIZE.width * SCALE, height: SIZE.height * SCALE },
      reducedMotion: "reduce",
      serviceWorkers: "block",
    });
    const page = await context.newPage();
    // Nothing trains: the pictures are the same on every machine.
    await page.route(/training\.worker.*\.js$/, () => {});
    await page.goto(new URL(query, address).href);
    await page.locator(".twin-figure [role=gridcell]").first().waitFor();
    await page.mouse.move(1, 1);
    if (query.includes("view.lesson=")) await page.locator(".lesson-ask").waitFor();
    // What is in the window is all there, its letters too.
    await page.waitForFunction(
      () =>
        document.fonts.status === "loaded" &&
        [...document.querySelectorAll("[aria-busy=true]")].every((place) => {
          const { top, width } = place.getBoundingClientRect();
          return width === 0 || top > innerHeight;
        }),
    );
    const png = (await page.screenshot()).toString("base64");
    const webp = await page.evaluate(
      async ({ data, width, height }) => {
        const image = new Image();
        image.src = `data:image/png;base64,${data}`;
        await image.decode();
        const canvas = document.createElement("canvas");
        Object.assign(canvas, { width, height });
        const context2d = canvas.getContext("2d");
        if (context2d === null) throw new Error("no canvas");
        context2d.imageSmoothingQuality = "high";
        context2d.drawImage(image, 0, 0, width, height);
        return canvas.toDataURL("image/webp", 0.8).split(",")[1] ?? "";
      },
      { data: png, ...SIZE },
    );
    writeFileSync(join(folder, picture), Buffer.from(webp, "base64"));
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
}
