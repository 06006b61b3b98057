import { describe, expect, test } from "vitest";
import type { StepRecord } from "../../src/record/record.ts";
import { bandOf, withBand, wouldClip } from "../../src/analysis/epsilon.ts";
import { histogramWindow } from "../../src/analysis/histogram.ts";
import { branchesOf } from "../../src/analysis/branches.ts";
import { judgeRow } from "../../src/analysis/surrogate.ts";
import { anatomyOf } from "../../src/analysis/anatomy.ts";
import { clipRuleAt, epsilonAt, lenderOf } from "../../src/analysis/clip-rule.ts";
import { tokensToCsv } from "../../src/analysis/record-csv.ts";
import { narrate, narrationText } from "../../src/analysis/narrate.ts";
import { sequenceVerdict, tokenVerdict } from "../../src/analysis/verdict.ts";
import { batchCaption } from "../../src/views/save/caption.ts";
import { phaseFacts } from "../../src/analysis/phase-facts.ts";
import { NO_EDITS, whatIf } from "../../src/analysis/what-if.ts";
import { DIGITS, sortGroup } from "../support/example-record.ts";

/** The token arm's batch under ε 0.2, its rows judged by the sequence arm's 0.05. */
const lent: StepRecord = {
  ...sortGroup(),
  sequenceClipped: sortGroup({ epsilon: 0.05 }).sequenceClipped,
  sequenceCoefficient: sortGroup({ epsilon: 0.05 }).sequenceCoefficient,
  otherClip: { arm: "sequence", epsilon: 0.05, epsilon_high: null, delta: null },
};
const rows = Array.from({ length: lent.rows }, (_, row) => row);
const cut = rows.find((row) => lent.sequenceClipped[row] === 1)!;

describe("a record whose other level has another arm's band", () => {
  test("each level has its own limits, and says whose", () => {
    expect(clipRuleAt(lent, "token")).toMatchObject({ low: 0.8, high: 1.2 });
    expect(clipRuleAt(lent, "sequence")).toMatchObject({ low: 0.95, high: 1.05 });
    expect([lenderOf(lent, "token"), lenderOf(lent, "sequence")]).toEqual([null, "sequence"]);
    expect(epsilonAt(lent, "token")).toBe("ε 0.2");
    expect(epsilonAt(lent, "sequence")).toBe("ε 0.05, sequence arm’s");
    // Without the field both levels were judged by the arm's own band.
    const { otherClip: _, ...old } = lent;
    expect(clipRuleAt(old, "sequence")).toEqual(clipRuleAt(lent, "token"));
    expect(lenderOf(old, "sequence")).toBeNull();
    // Another arm's band that is the same one needs no name.
    const same = { ...lent, otherClip: { ...lent.otherClip!, epsilon: 0.2 } };
    expect(epsilonAt(same, "sequence")).toBe("ε 0.2");
  });

  test("in the tooltip, the sentence, the caption and the step's stages", () => {
    expect(sequenceVerdict(lent, cut).words).toMatch(
      /^clipped: above 1\.05, A > 0 \(sequence arm’s ε\)$/,
    );
    const row = rows.find((each) => lent.tokenClipped.includes(1, each * lent.columns))!;
    const token = lent.tokenClipped.indexOf(1, row * lent.columns);
    const at = [Math.floor(token / lent.columns), token % lent.columns] as const;
    expect(tokenVerdict(lent, ...at).words).not.toContain("arm’s");
    expect(narrationText(narrate(lent, [cut]))).toMatch(
      / GSPO clips the row, all \d+ tokens at the sequence arm’s ε 0\.05\. GRPO clips (?!.*arm’s)/,
    );
    expect(narrationText(narrate(lent, [2]))).toContain(
      "so it keeps all 10 tokens at the sequence arm’s ε 0.05.",
    );
    expect(batchCaption("Figure 4", lent, null)).toContain(
      "ε 0.2, sequence level by ε 0.05, sequence arm’s. Ratioscope",
    );
    expect(phaseFacts(lent, null, "clip").says).toMatch(
      /^GRPO clips \d+ of \d+ tokens \(ε 0\.2\) and GSPO [1-9]\d* of 8 rows \(ε 0\.05, sequence arm’s\)\./,
    );
  });

  test("in the CSV, the equation, the strip's axis and the histograms' axis", () => {
    const [head, first] = tokensToCsv(lent, [cut], DIGITS).trim().split("\n");
    expect(head).toMatch(
      /,token_epsilon,token_epsilon_high,sequence_epsilon,sequence_epsilon_high$/,
    );
    expect(first).toMatch(/,0\.2,0\.2,0\.05,0\.05$/);
    const ratio = lent.sequenceRatio[cut]!;
    expect(branchesOf(lent, "sequence", cut, ratio)!.clipped.ratio).toBeCloseTo(1.05, 9);
    expect(branchesOf(lent, "token", cut, ratio)!.clipped.ratio).toBe(ratio);
    const [atToken, atSequence] = (["token", "sequence"] as const).map((level) =>
      judgeRow(lent, level, cut),
    );
    expect(atSequence!(cut * lent.columns)).toMatchObject({ clipped: true, coefficient: 0 });
    expect(atToken!(cut * lent.columns).clipped).toBe(lent.tokenClipped[cut * lent.columns] === 1);
    const wide = { ...lent, otherClip: { ...lent.otherClip!, epsilon: 0.5 } };
    expect(anatomyOf(wide, cut).window).toBeGreaterThan(anatomyOf(lent, cut).window);
    expect(anatomyOf(lent, cut).sequenceClipped).toBe(true);
    expect(
      histogramWindow({ ...wide, histograms: { ...wide.histograms, range: 4 } }),
    ).toBeGreaterThan(histogramWindow(lent));
  });

  test("another band that is tried stays with its level", () => {
    const band = { low: 0.01, high: 0.02 };
    const tried = withBand(lent, { level: "sequence", band });
    expect(tried.config).toBe(lent.config);
    expect(tried.otherClip).toMatchObject({ arm: "sequence", epsilon: 0.01, epsilon_high: 0.02 });
    const own = withBand(lent, { level: "token", band });
    expect([own.config.epsilon, own.otherClip]).toEqual([0.01, lent.otherClip]);
    // Where no arm lends its band, both levels follow the arm's own.
    const { otherClip: _, ...alone } = lent;
    expect(withBand(alone, { level: "sequence", band }).config.epsilon).toBe(0.01);
    const counted = wouldClip(lent, "sequence", bandOf(lent.otherClip!));
    expect(counted.clipped).toBe(rows.filter((row) => lent.sequenceClipped[row] === 1).length);
    // delta is the level's own, too.
    const capped = { ...lent, otherClip: { ...lent.otherClip!, delta: 0.5 } };
    const all = rows.filter((row) => lent.advantage[row] !== 0).length;
    expect(wouldClip(capped, "sequence", { low: 9, high: 9 }).clipped).toBeLessThanOrEqual(all);
    expect(wouldClip(capped, "sequence", { low: 9, high: 9 }).clipped).toBeGreaterThan(0);
    expect(wouldClip(lent, "sequence", { low: 9, high: 9 }).clipped).toBe(0);
  });

  test("a what-if of the other level's ε moves no token's verdict", () => {
    const edited = whatIf(lent, { ...NO_EDITS, otherBand: { low: 0.001, high: 0.001 } });
    expect(edited.tokenClipped).toEqual(lent.tokenClipped);
    expect(edited.config).toBe(lent.config);
    const count = (verdicts: Uint32Array) => verdicts.reduce((sum, each) => sum + each, 0);
    expect(count(edited.sequenceClipped)).toBeGreaterThan(count(lent.sequenceClipped));
    const own = whatIf(lent, { ...NO_EDITS, band: { low: 0.001, high: 0.001 } });
    expect(own.sequenceClipped).toEqual(lent.sequenceClipped);
    expect(count(own.tokenClipped)).toBeGreaterThan(count(lent.tokenClipped));
  });
});
