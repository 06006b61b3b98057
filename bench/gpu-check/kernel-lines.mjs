// The kernel tests of a host with WebGPU, every OF-th file from SHARD on: a line a file when it has ended.
import { startTests } from "@vitest/runner";

/** @typedef {import("@vitest/runner").Task} Task */

const load = import.meta.glob("../../tests/kernels/*.test.ts");
/** As long as in `npm test`. */
const patience = 120_000;

/** @type {import("@vitest/runner").VitestRunner} */
const runner = {
  config: {
    root: "/",
    setupFiles: [],
    name: "kernels",
    passWithNoTests: false,
    testNamePattern: undefined,
    allowOnly: false,
    sequence: { seed: 0, hooks: "stack", setupFiles: "list" },
    chaiConfig: undefined,
    maxConcurrency: 1,
    testTimeout: patience,
    hookTimeout: patience,
    retry: 0,
    includeTaskLocation: false,
    tags: [],
    tagsFilter: undefined,
    strictTags: false,
  },
  importFile: (path) => load[path]?.(),
};

/** @param {Task} task @returns {Task[]} */
const testsOf = (task) => (task.type === "test" ? [task] : task.tasks.flatMap(testsOf));
/** @param {Task} task @returns {string} */
const nameOf = (task) => (task.suite ? `${nameOf(task.suite)} > ${task.name}` : task.name);
/** @param {Task} task @returns {Task[]} What failed to be told, a suite as a whole included. */
const failures = (task) => [
  ...(task.result?.state === "fail" && task.result.errors?.length ? [task] : []),
  ...("tasks" in task ? task.tasks.flatMap(failures) : []),
];

/** @param {number} shard @param {number} of */
export async function* kernelLines(shard, of) {
  const files = Object.keys(load).filter((_, i) => i % of === shard);
  for (const path of files) {
    const began = performance.now();
    const [file] = await startTests([path], runner);
    if (!file) throw new Error(`${path} is no file of tests`);
    const tests = testsOf(file);
    const passed = tests.filter(({ result }) => result?.state === "pass").length;
    const failed = failures(file);
    yield {
      kind: "kernels",
      file: path.slice(path.lastIndexOf("/") + 1),
      passed,
      // A file that could not be loaded has no test to fail.
      failed: Math.max(tests.length - passed, failed.length),
      ms: Math.round(performance.now() - began),
      failures: failed.map(
        (task) => `${nameOf(task)}: ${task.result?.errors?.[0]?.message ?? "no message"}`,
      ),
    };
  }
}
