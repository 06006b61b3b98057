import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

// Kernels are checked twice: in Node through Dawn and in Chromium. Everything that needs no GPU
// runs in Node only.
const gpuTests = ["tests/kernels/**/*.test.ts"];
const nodeTests = ["tests/{objective,policy,trainer,config,runs,store,cli}/**/*.test.{ts,tsx}"];

const chromiumFlags = [
  "--headless=new",
  "--enable-unsafe-webgpu",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        test: {
          name: "node",
          include: [...gpuTests, ...nodeTests],
          setupFiles: ["tests/support/node-gpu.ts"],
          pool: "forks",
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "browser",
          include: gpuTests,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          browser: {
            enabled: true,
            headless: false, // the headless shell has no WebGPU; the flag below does it
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
                args: chromiumFlags,
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
