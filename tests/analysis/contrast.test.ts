import { expect, test } from "vitest";
import { contrast } from "../../src/analysis/contrast.ts";
import { narrate, narrationText } from "../../src/analysis/narrate.ts";
import { workedExample } from "../support/example-record.ts";

const rows = [0, 1, 2, 3];

test("says how far the ratios of each side reach, of the rows in view alone", () => {
  const record = { ...workedExample(), innerStep: 3 };
  expect(narrationText(contrast(record, rows))).toBe(
    "Same answers, same rewards. GRPO’s ratios: 0.719 to 1.363. GSPO’s: 0.958 to 1.051.",
  );
  expect(narrationText(contrast(record, [1]))).toContain("0.741 to 1.030. GSPO’s: 0.958 to 0.958.");
});

test("at k = 0 there is nothing to set apart, and it says so", () => {
  const record = { ...workedExample(), innerStep: 0 };
  expect(contrast(record, rows)).toEqual(narrate(record, rows));
  expect(narrationText(contrast(record, rows))).toContain("every ratio is 1");
});
