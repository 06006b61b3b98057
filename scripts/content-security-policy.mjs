// The page's policy, in index.html, allows no inline script. The built site has none; the server
// of `npm start` puts one there, for hot replacement: its hash, and nothing else, is let in.
import { createHash } from "node:crypto";

const INLINE = /<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g;

/** @returns {import("vite").Plugin} */
export const allowInlineScripts = () => ({
  name: "allow-inline-scripts",
  apply: "serve",
  transformIndexHtml: {
    order: "post",
    handler: (html) => {
      const hashes = [...html.matchAll(INLINE)].map(
        ([, script = ""]) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`,
      );
      return html.replace("script-src 'self'", ["script-src 'self'", ...hashes].join(" "));
    },
  },
});
