// lessons.html: the list of lessons and teaching links is written in when the site is built or served,
// from src/lessons, where the page itself has it from.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const LINKS = fileURLToPath(new URL("../src/lessons/links.ts", import.meta.url));

/** @typedef {typeof import("../src/lessons/links.ts")} Links */

/** @returns {Promise<Links>} */
export async function readLinks() {
  const { module } = await runnerImport(LINKS, { configFile: false, logLevel: "error" });
  return /** @type {Links} */ (module);
}

/** @param {string} text */
const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** @param {readonly import("../src/lessons/links.ts").TeachingLink[]} links */
const list = (links) =>
  `<ul>\n${links
    .map(
      ({ title, says, query, picture }) => `<li>
  <a href="./${escaped(query)}"><img src="./lessons/${picture}" alt="" width="480" height="300" loading="lazy" /><h3>${escaped(title)}</h3></a>
  <p>${escaped(says)}</p>
</li>`,
    )
    .join("\n")}\n</ul>`;

/** @returns {import("vite").Plugin} */
export const lessonsPage = () => ({
  name: "lessons-page",
  transformIndexHtml: {
    order: "pre",
    handler: async (html) => {
      if (!html.includes("<!-- links -->")) return html;
      const { lessonLinks, teachingLinks } = await readLinks();
      return html.replace(
        "<!-- links -->",
        `<h2>Lessons</h2>\n${list(lessonLinks)}\n<h2>Links</h2>\n${list(teachingLinks)}`,
      );
    },
  },
});
