import { spawnSync } from "node:child_process";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { allowInlineScripts } from "./scripts/content-security-policy.mjs";
import { englishOnly } from "./scripts/english-only.mjs";
import { lessonsPage } from "./scripts/lessons-page.mjs";
import { offline, SCRIPT } from "./scripts/offline.mjs";
import { withoutShaderComments } from "./scripts/shader-comments.mjs";
import { helpApart, withoutHelp } from "./scripts/without-help.mjs";

// Stored with every run; a copy without its repository has none.
const git = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" });
process.env.VITE_COMMIT ??= git.status === 0 ? git.stdout.trim() : "";

export default defineConfig({
  // Relative addresses: the built site works from any sub-path.
  base: "./",
  plugins: [
    react(),
    englishOnly(),
    withoutShaderComments(),
    helpApart(),
    allowInlineScripts(),
    lessonsPage(),
    offline(),
  ],
  build: {
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: { main: "index.html", lessons: "lessons.html", offline: "src/offline.ts" },
      output: {
        // A service worker's address stays.
        entryFileNames: ({ name }) => (name === "offline" ? SCRIPT : "assets/[name]-[hash].js"),
        // What the first figure needs is one file: it compresses better, and comes in one piece.
        codeSplitting: { groups: [{ name: "page", test: /\/src\/main\.tsx$/ }] },
      },
    },
  },
  worker: {
    format: "es",
    plugins: () => [withoutShaderComments(), withoutHelp()],
    rolldownOptions: {
      // As the page: what a worker always needs is one file.
      output: { codeSplitting: { groups: [{ name: "worker", test: /\.worker\.ts$/ }] } },
    },
  },
});
