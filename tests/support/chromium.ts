import { chromium, type Browser } from "playwright";
import { chromiumFlags, requireChromium } from "../../scripts/chromium.mjs";

/** The installed Chrome or Chromium with WebGPU, some flags more, some fewer. Caller closes it. */
export const launchChromium = (
  extraFlags: readonly string[] = [],
  without: readonly string[] = [],
): Promise<Browser> =>
  chromium.launch({
    executablePath: requireChromium(),
    headless: false, // a flag does it instead
    args: [...chromiumFlags.filter((flag) => !without.includes(flag)), ...extraFlags],
  });
