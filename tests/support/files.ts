import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright";

/** What the page says of the last file. */
export const notice = (page: Page): Locator =>
  page.getByRole("region", { name: "Files", exact: true });

const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole("button", { name, exact: true });

/** Opens one of the two panels, and no other. */
export async function openPanel(page: Page, panel: "Import" | "Export"): Promise<void> {
  const opener = button(page, panel);
  if ((await opener.getAttribute("aria-expanded")) !== "true") await opener.click();
}

/** What a button of the export panel saves. */
export async function download(
  page: Page,
  name: string | RegExp,
): Promise<{ name: string; bytes: Buffer }> {
  await openPanel(page, "Export");
  const [file] = await Promise.all([page.waitForEvent("download"), button(page, name).click()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

/** Chooses a file in the import panel. */
export async function give(page: Page, name: string, buffer: Buffer): Promise<void> {
  await openPanel(page, "Import");
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    button(page, "Choose files").click(),
  ]);
  await chooser.setFiles({ name, mimeType: "application/octet-stream", buffer });
}
