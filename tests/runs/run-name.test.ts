import { expect, test } from "vitest";
import { runFrom } from "../../src/config/run-from.ts";
import { runName } from "../../src/runs/run-name.ts";

const at = new Date(2026, 1, 3, 14, 5);

test.each([
  [{}, "Sort, off-policy ×4, seed 3, 14:05"],
  [{ learning_rate: "0.004" }, "Sort, off-policy ×4, seed 3, learning_rate 0.004, 14:05"],
  [
    { "sequence.epsilon": "0.05" },
    /^Sort, off-policy ×4, seed 3, epsilon token 0\.2, sequence 0\.05, 14:05$/,
  ],
  [
    { learning_rate: "0.004", beta: "0.1", temperature: "0.5" },
    /^Sort, off-policy ×4, seed 3, [a-z_]+ [\d.]+, [a-z_]+ [\d.]+, 1 more, 14:05$/,
  ],
])("%j is told apart by its name", (set, name) => {
  expect(runName(runFrom("sort", { seed: 3, set }), at)).toMatch(name);
});
