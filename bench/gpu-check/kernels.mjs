// `node kernels.mjs SHARD OF`: the kernel tests in Node, every OF-th file from SHARD on; one JSON line
// a file when it has ended.
import "../../tests/support/node-gpu.ts";
import { startTests } from "@vitest/runner";

/** @typedef {import("@vitest/runner").Task} Task */

const [shard, of] = process.argv.slice(2).map(Number);
const files = Object.entries(import.meta.glob("../../tests/kernels/*.test.ts")).filter(
  (_, i) => i % Number(of) === shard,
);
const load = Object.fromEntries(files);
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

for (const [path] of files) {
  const began = performance.now();
  const [file] = await startTests([path], runner);
  if (!file) throw new Error(`${path} is no file of tests`);
  const tests = testsOf(file);
  const passed = tests.filter(({ result }) => result?.state === "pass").length;
  const failed = failures(file);
  console.log(
    JSON.stringify({
      kind: "kernels",
      file: path.slice(path.lastIndexOf("/") + 1),
      passed,
      // A file that could not be loaded has no test to fail.
      failed: Math.max(tests.length - passed, failed.length),
      ms: Math.round(performance.now() - began),
      failures: failed.map(
        (task) => `${nameOf(task)}: ${task.result?.errors?.[0]?.message ?? "no message"}`,
      ),
    }),
  );
}
// Dawn keeps the event loop alive: leave as soon as the output is written.
process.stdout.write("", () => process.exit());
