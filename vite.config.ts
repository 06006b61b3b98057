import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { allowInlineScripts } from "./scripts/content-security-policy.mjs";

export default defineConfig({
  // Relative addresses: the built site works from any sub-path.
  base: "./",
  plugins: [react(), allowInlineScripts()],
  worker: { format: "es" },
});
