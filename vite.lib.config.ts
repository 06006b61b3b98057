import { defineConfig } from "vite";

// The engine as a library. It needs no page: bring your own GPU (`navigator.gpu` or Dawn).
export default defineConfig({
  publicDir: false,
  build: {
    outDir: "lib",
    target: "esnext",
    minify: false,
    lib: { entry: "src/index.ts", formats: ["es"], fileName: "index" },
    rolldownOptions: { external: ["zod"] },
  },
});
