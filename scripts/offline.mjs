// The service worker that keeps the site for when there is no network: its own script, and in it the
// list of every file of the built site. What has a hash in its name is never another file.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** The script that the page registers. */
export const SCRIPT = "offline.js";
const HASHED = /^assets\//;
/** Browsers take the first face of KaTeX's three; the picture is for pages that link here. */
const LEFT_OUT = /\.(woff|ttf|map)$|^screenshot\.png$/;

/** @param {string} folder @returns {string[]} */
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => name.split(sep).join("/"));

/**
 * What the service worker keeps of a built site.
 * @param {string} folder
 */
export const siteFiles = (folder) =>
  filesIn(folder)
    .filter((url) => url !== SCRIPT && !LEFT_OUT.test(url))
    .toSorted()
    .map((url) => ({
      url,
      revision: HASHED.test(url)
        ? null
        : createHash("sha256")
            .update(readFileSync(join(folder, url)))
            .digest("hex")
            .slice(0, 16),
    }));

/** @returns {import("vite").Plugin} */
export function offline() {
  let outDir = "";
  return {
    name: "offline",
    apply: "build",
    configResolved(config) {
      outDir = relative(process.cwd(), join(config.root, config.build.outDir));
    },
    // When all that there is lies in the folder.
    closeBundle() {
      const script = join(outDir, SCRIPT);
      if (!existsSync(script)) return;
      const text = readFileSync(script, "utf8");
      if (!text.includes("self.__SITE")) throw new Error(`${SCRIPT} asks for no list of files`);
      writeFileSync(script, text.replace("self.__SITE", JSON.stringify(siteFiles(outDir))));
    },
  };
}
