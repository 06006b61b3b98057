import { availableParallelism } from "node:os";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumFlags, findChromium } from "./scripts/chromium.mjs";
import { findGpuEnvironment } from "./scripts/gpu-environment.mjs";
import { QuickestFirst } from "./tests/support/quickest-first.ts";

// Kernels are checked twice: in Node through Dawn and in Chromium; so is the database, whose Node
// has none of its own. Everything that needs no browser runs in Node only; tests/browser drives the built site from Node.
const gpuTests = ["tests/kernels/**/*.test.ts"];
const pageTests = ["tests/browser/**/*.test.ts"];
// Of modules with a state of their own for a page: each file has them new.
const isolatedTests = ["tests/store/**/*.test.ts", "tests/worker/family.test.ts"];

// Dawn's driver is looked up when a process starts: the forks that run the tests inherit these.
Object.assign(process.env, findGpuEnvironment());

const patient = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    ...(process.env.RATIOSCOPE_BUDGET_S ? { sequence: { sequencer: QuickestFirst } } : {}),
    projects: [
      {
        test: {
          name: "node",
          include: ["tests/**/*.test.{ts,tsx}"],
          exclude: [...pageTests, ...isolatedTests],
          setupFiles: ["tests/support/node-gpu.ts"],
          pool: "forks",
          // Vitest's own default leaves a core free; kernels are compiled on one at a time.
          maxWorkers: availableParallelism(),
          // A process loads a module once, and one device serves all its files: what is compiled is compiled.
          isolate: false,
          // What one file spies on is another's device.
          restoreMocks: true,
          ...patient,
        },
      },
      {
        test: {
          name: "isolated",
          include: isolatedTests,
          setupFiles: ["tests/support/node-gpu.ts"],
          pool: "forks",
          maxWorkers: availableParallelism(),
          ...patient,
        },
      },
      {
        test: {
          name: "browser",
          include: [...gpuTests, "tests/runs/database.test.ts"],
          ...patient,
          // One page for all files, and one device: what it compiled is compiled.
          isolate: false,
          browser: {
            enabled: true,
            headless: false, // a flag does it instead
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { executablePath: findChromium() ?? "chromium", args: chromiumFlags },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        test: {
          name: "page",
          include: pageTests,
          globalSetup: ["tests/support/site.ts"],
          pool: "forks",
          // Two cores are full with two pages, each with a software GPU beside it.
          maxWorkers: Math.min(Math.max(availableParallelism(), 2), 4),
          // The browser of a process serves all its files, each test with a context of its own.
          isolate: false,
          // As long as Playwright waits: a state is waited for, and not the second that is default. Each
          // look is a search through the whole page, which is kept from getting there by it.
          expect: { poll: { timeout: 60_000, interval: 200 } },
          ...patient,
        },
      },
      {
        // By hand, `npm run -s test:everywhere`: another browser, which takes a while for each step.
        test: {
          name: "firefox",
          include: ["tests/everywhere/firefox.ts"],
          globalSetup: ["tests/support/site.ts"],
          pool: "forks",
          isolate: false,
          expect: { poll: { timeout: 60_000, interval: 200 } },
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
