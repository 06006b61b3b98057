import { afterAll, beforeAll, expect, type RunnerTask } from "vitest";

// The tests of the kernels run in Node, on every shape, and in Chromium, where another compiler
// reads the same shaders: there each is compiled and compared once, and what its numbers do at the
// edges of a tile is known from Node.

const inPage = typeof document !== "undefined";
/** By hand, `npm run -s test:everywhere`: devices without subgroups. */
const inFirefox = inPage && navigator.userAgent.includes("Firefox");

/** Cases that find nothing in Chromium that the others do not. */
export const nodeOnly = <T>(cases: readonly T[]): readonly T[] => (inPage ? [] : cases);

const shaders = import.meta.glob<string>("../../shaders/**/*.wgsl", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Kernels are put together of several files, each of which is known by its first line. */
const partsOf = (code: string): string[] =>
  Object.entries(shaders)
    .filter(([, text]) => code.includes(text.slice(0, text.indexOf("\n") + 1)))
    .map(([path]) => path.replace("../../shaders/", "").replace(".wgsl", ""));

const isWhole = (task: RunnerTask): boolean =>
  task.mode === "run" && (!("tasks" in task) || task.tasks.every(isWhole));

/** All that this page compiled; files whose tests share a device share its kernels. */
const compiled = new Set<string>();

/**
 * The shaders, by path within shaders/, that a file compares in Chromium; it fails there where one of
 * them is not compiled. tests/tooling/shaders-in-chromium.test.ts adds them up.
 */
export function compiles(...named: string[]): void {
  if (!inPage) return;
  const names = inFirefox ? named.filter((name) => name !== "lib/lanes.quad") : named;
  const { createShaderModule } = GPUDevice.prototype;
  beforeAll(() => {
    GPUDevice.prototype.createShaderModule = function (descriptor) {
      for (const part of partsOf(descriptor.code)) compiled.add(part);
      return createShaderModule.call(this, descriptor);
    };
  });
  // oxlint-disable-next-line no-empty-pattern -- Vitest takes nothing else for its fixtures.
  afterAll(({}, { tasks }) => {
    GPUDevice.prototype.createShaderModule = createShaderModule;
    // A test by its name compiles less.
    if (tasks.every(isWhole)) expect([...compiled]).toEqual(expect.arrayContaining(names));
  });
}
