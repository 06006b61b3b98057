// Finds the Firefox that readers have, or installs Debian's, and starts it with WebGPU. Playwright drives
// it by WebDriver BiDi; its own build of Firefox is another one.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installDebianPackage, isDebian } from "./debian.mjs";
import { lavapipe } from "./lavapipe.mjs";
import { refuse } from "./setup.mjs";

/** On Linux WebGPU is behind the first two; the others let a software adapter pass. */
const PREFERENCES = {
  "dom.webgpu.enabled": true,
  "dom.webgpu.workers.enabled": true,
  "gfx.webgpu.ignore-blocklist": true,
  "gfx.webgpu.force-enabled": true,
};

/** @typedef {{ env: Record<string, string | undefined>, platform: string, exists: (path: string) => boolean }} Machine */

/**
 * Path of the browser: FIREFOX if set, else the first in the usual places, else null.
 * @param {Machine} machine
 * @returns {string | null}
 */
export function findFirefox(
  machine = { env: process.env, platform: process.platform, exists: existsSync },
) {
  return machine.env.FIREFOX || (usualPlaces(machine).find(machine.exists) ?? null);
}

/** The browser's path; installs Debian's package where there is none, or says what to install. */
export function requireFirefox() {
  const found = findFirefox();
  if (found && existsSync(found)) return found;
  if (found) refuse(`FIREFOX is ${found}, and there is no such file.`);
  if (!isDebian())
    refuse("No Firefox was found: install it, or set FIREFOX to the path of its program.");
  installDebianPackage("firefox-esr");
  return (
    findFirefox() ??
    refuse("No Firefox after `apt-get install firefox-esr`: set FIREFOX to the program's path.")
  );
}

/** @returns {Promise<import("playwright").Browser>} Caller closes it. */
export async function launchFirefox() {
  const { firefox } = await import("playwright");
  const browser = await firefox.launch({
    channel: "moz-firefox",
    executablePath: requireFirefox(),
    env: { .../** @type {Record<string, string>} */ (process.env), ...lavapipe() },
    firefoxUserPrefs: PREFERENCES,
  });
  speakToOlderReleases(browser);
  return browser;
}

/**
 * Playwright speaks to newer releases. Each of its contexts asks for a colour scheme, by a command that is
 * not in 153, and it gives up there: what a Firefox does not know is left out, and the page has its own
 * colours. And a download that has no number there is known by its address.
 * @param {import("playwright").Browser} browser
 */
function speakToOlderReleases(browser) {
  const session = Reflect.get(browser, "_connection")?.toImpl(browser)?._browserSession;
  const transport = session?.connection?._transport;
  if (!transport)
    throw new Error("Playwright no longer keeps its session with Firefox where it did");
  const send = session.send.bind(session);
  session.send = async (/** @type {unknown[]} */ ...command) => {
    try {
      return await send(...command);
    } catch (error) {
      if (!/unknown command/.test(String(error))) throw error;
      return {};
    }
  };
  const { onmessage } = transport;
  transport.onmessage = (
    /** @type {{ method?: string, params?: Record<string, unknown> }} */ said,
  ) => {
    if (said.params && said.method?.startsWith("browsingContext.download"))
      said.params.download ??= said.params.navigation ?? said.params.url;
    onmessage(said);
  };
}

/** @param {Machine} machine */
function usualPlaces({ env, platform }) {
  if (platform === "darwin") {
    return ["/Applications", join(env.HOME ?? "", "Applications")].map((folder) =>
      join(folder, "Firefox.app", "Contents", "MacOS", "firefox"),
    );
  }
  if (platform === "win32") {
    return [env.PROGRAMFILES, env["PROGRAMFILES(X86)"], env.LOCALAPPDATA].map((folder) =>
      join(folder ?? "", "Mozilla Firefox", "firefox.exe"),
    );
  }
  return ["/usr/bin", "/usr/local/bin", "/snap/bin"].flatMap((folder) =>
    ["firefox", "firefox-esr"].map((name) => join(folder, name)),
  );
}
