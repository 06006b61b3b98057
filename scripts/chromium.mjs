// Finds Chrome or Chromium, or installs Debian's, with Node's own modules only.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installDebianPackage, isDebian } from "./debian.mjs";
import { refuse } from "./setup.mjs";

// Playwright's own list, which a second switch would replace, and the pages of the address bar: two
// for each window that a test opens, drawn and never seen, for half of what a page of ours costs.
const withoutFeatures = [
  ...["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"],
  "AimEnabled",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "TcpPortRandomizationWin",
  "ThirdPartyStoragePartitioning",
];

/** Quiet, without a window, with WebGPU; also as root and on a software adapter. */
export const chromiumFlags = [
  `--disable-features=${withoutFeatures.join(",")}`,
  "--headless=new", // the headless shell has no WebGPU
  "--enable-unsafe-webgpu",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A lost device is part of the tests; Chromium would block the page after the second one.
  "--disable-gpu-process-crash-limit",
  "--disable-domain-blocking-for-3d-apis",
];

/**
 * Path of the browser: CHROMIUM if set, else the first in the usual places, else null.
 * @returns {string | null}
 */
export function findChromium() {
  return process.env.CHROMIUM || (usualPlaces().find((path) => existsSync(path)) ?? null);
}

/** The browser's path; installs Debian's package where there is none, or says what to install. */
export function requireChromium() {
  const found = findChromium();
  if (found && existsSync(found)) return found;
  if (found) refuse(`CHROMIUM is ${found}, and there is no such file.`);
  if (!isDebian()) {
    refuse(
      "The tests need Chrome or Chromium: install it from your system's packages or from Google's Chrome page, or set CHROMIUM to its path.",
    );
  }
  installDebianPackage("chromium");
  return (
    findChromium() ??
    refuse("No Chromium after `apt-get install chromium`: set CHROMIUM to the browser's path.")
  );
}

function usualPlaces() {
  const { env, platform } = process;
  if (platform === "darwin") {
    return ["/Applications", join(env.HOME ?? "", "Applications")].flatMap((folder) =>
      ["Google Chrome", "Chromium", "Microsoft Edge"].map((name) =>
        join(folder, `${name}.app`, "Contents", "MacOS", name),
      ),
    );
  }
  if (platform === "win32") {
    return [env.PROGRAMFILES, env["PROGRAMFILES(X86)"], env.LOCALAPPDATA].flatMap((folder) =>
      ["Google\\Chrome\\Application\\chrome.exe", "Microsoft\\Edge\\Application\\msedge.exe"].map(
        (path) => join(folder ?? "", path),
      ),
    );
  }
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = ["/usr/bin", "/usr/local/bin", "/snap/bin"];
  return folders.flatMap((folder) => names.map((name) => join(folder, name)));
}
