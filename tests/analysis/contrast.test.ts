import { expect, test } from "vitest";
import { contrast } from "../../src/analysis/contrast.ts";
import { narrate, narrationText } from "../../src/analysis/narrate.ts";
import { phaseFacts } from "../../src/analysis/phase-facts.ts";
import { workedExample } from "../support/example-record.ts";

const rows = [0, 1, 2, 3];

test("says how far the ratios of each side reach, of the rows in view alone", () => {
  const record = { ...workedExample(), innerStep: 3 };
  expect(narrationText(contrast(record, rows))).toBe(
    "Same answers, same rewards. GRPO’s ratios: 0.719 to 1.363. GSPO’s: 0.958 to 1.051.",
  );
  expect(narrationText(contrast(record, [1]))).toContain("0.741 to 1.030. GSPO’s: 0.958 to 0.958.");
});

test("where nothing has moved there is nothing to set apart, and it says so", () => {
  const moved = { ...workedExample(), innerStep: 0 };
  const record = { ...moved, logRatio: moved.logRatio.map(() => 0) };
  expect(contrast(record, rows)).toEqual(narrate(record, rows));
  expect(narrationText(contrast(record, rows))).toContain("every ratio is 1");
});

test("no step is called on-policy by its number alone: a log may count no updates", () => {
  const record = { ...workedExample(), innerStep: 0 };
  expect(narrationText(contrast(record, rows))).toContain("0.719 to 1.363");
  expect(narrationText(narrate(record))).not.toContain("every ratio is 1");
  expect(phaseFacts(record, null, "ratio").sentence).toContain(
    "are not the ones that wrote them. r = π / π_old spreads",
  );
});
