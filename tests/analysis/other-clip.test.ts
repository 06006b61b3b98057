import { describe, expect, test } from "vitest";
import type { StepRecord } from "../../src/record/record.ts";
import { bandOf, withBand, wouldClip } from "../../src/analysis/epsilon.ts";
import { histogramWindow } from "../../src/analysis/histogram.ts";
import { branchesOf } from "../../src/analysis/branches.ts";
import { judgeRow } from "../../src/analysis/surrogate.ts";
import { anatomyOf } from "../../src/analysis/anatomy.ts";
import { clipRuleAt, epsilonAt, otherClipArm, ratioAt } from "../../src/analysis/clip-rule.ts";
import { tokensToCsv } from "../../src/analysis/record-csv.ts";
import { narrate, narrationText } from "../../src/analysis/narrate.ts";
import { sequenceVerdict, tokenVerdict } from "../../src/analysis/verdict.ts";
import { batchCaption } from "../../src/views/save/caption.ts";
import { phaseFacts } from "../../src/analysis/phase-facts.ts";
import { NO_EDITS, whatIf } from "../../src/analysis/what-if.ts";
import { DIGITS, sortGroup } from "../support/example-record.ts";

/** The token arm's batch under ε 0.2, its rows judged by the sequence arm's 0.05. */
const judged: StepRecord = {
  ...sortGroup(),
  sequenceClipped: sortGroup({ epsilon: 0.05 }).sequenceClipped,
  sequenceCoefficient: sortGroup({ epsilon: 0.05 }).sequenceCoefficient,
  otherClip: { arm: "sequence", epsilon: 0.05, epsilon_high: null, delta: null },
};
const rows = Array.from({ length: judged.rows }, (_, row) => row);
const cut = rows.find((row) => judged.sequenceClipped[row] === 1)!;

describe("a record whose other level has another arm's band", () => {
  test("a ratio is not written like the limit that it is beside", () => {
    expect(ratioAt(judged, "sequence", 1.0502)).toBe("1.0502");
    expect(ratioAt(judged, "sequence", 1.0512)).toBe("1.051");
    expect(ratioAt(judged, "token", 0.79998)).toBe("0.79998");
    expect(ratioAt(judged, "token", 0.797, 2)).toBe("0.797");
    // The other level's limits are not its own.
    expect(ratioAt(judged, "token", 1.0502)).toBe("1.050");
    // At the limit, to the last bit of 32, it is the limit.
    expect(ratioAt(judged, "sequence", Math.fround(1.05))).toBe("1.050");
  });

  test("each level has its own limits, and says whose", () => {
    expect(clipRuleAt(judged, "token")).toMatchObject({ low: 0.8, high: 1.2 });
    expect(clipRuleAt(judged, "sequence")).toMatchObject({ low: 0.95, high: 1.05 });
    expect([otherClipArm(judged, "token"), otherClipArm(judged, "sequence")]).toEqual([
      null,
      "sequence",
    ]);
    expect(epsilonAt(judged, "token")).toBe("ε 0.2");
    expect(epsilonAt(judged, "sequence")).toBe("ε 0.05, sequence arm’s");
    // Without the field both levels were judged by the arm's own band.
    const { otherClip: _, ...old } = judged;
    expect(clipRuleAt(old, "sequence")).toEqual(clipRuleAt(judged, "token"));
    expect(otherClipArm(old, "sequence")).toBeNull();
    // Another arm's band that is the same one needs no name.
    const same = { ...judged, otherClip: { ...judged.otherClip!, epsilon: 0.2 } };
    expect(epsilonAt(same, "sequence")).toBe("ε 0.2");
  });

  test("in the tooltip, the sentence, the caption and the step's stages", () => {
    expect(sequenceVerdict(judged, cut).words).toMatch(
      /^clipped: above 1\.05, A > 0 \(sequence arm’s ε\)$/,
    );
    const row = rows.find((each) => judged.tokenClipped.includes(1, each * judged.columns))!;
    const token = judged.tokenClipped.indexOf(1, row * judged.columns);
    const at = [Math.floor(token / judged.columns), token % judged.columns] as const;
    expect(tokenVerdict(judged, ...at).words).not.toContain("arm’s");
    expect(narrationText(narrate(judged, [cut]))).toMatch(
      / GSPO clips the row, all \d+ tokens at the sequence arm’s ε 0\.05\. GRPO clips (?!.*arm’s)/,
    );
    expect(narrationText(narrate(judged, [2]))).toContain(
      "so it keeps all 10 tokens at the sequence arm’s ε 0.05.",
    );
    expect(batchCaption("Figure 4", judged, null)).toContain(
      "ε 0.2, sequence level by ε 0.05, sequence arm’s. Ratioscope",
    );
    expect(phaseFacts(judged, null, "clip").sentence).toMatch(
      /^GRPO clips \d+ of \d+ tokens \(ε 0\.2\) and GSPO [1-9]\d* of 8 rows \(ε 0\.05, sequence arm’s\)\./,
    );
  });

  test("in the CSV, the equation, the strip's axis and the histograms' axis", () => {
    const [head, first] = tokensToCsv(judged, [cut], DIGITS).trim().split("\n");
    expect(head).toMatch(
      /,token_epsilon,token_epsilon_high,sequence_epsilon,sequence_epsilon_high$/,
    );
    expect(first).toMatch(/,0\.2,0\.2,0\.05,0\.05$/);
    const ratio = judged.sequenceRatio[cut]!;
    expect(branchesOf(judged, "sequence", cut, ratio)!.clipped.ratio).toBeCloseTo(1.05, 9);
    expect(branchesOf(judged, "token", cut, ratio)!.clipped.ratio).toBe(ratio);
    const [atToken, atSequence] = (["token", "sequence"] as const).map((level) =>
      judgeRow(judged, level, cut),
    );
    expect(atSequence!(cut * judged.columns)).toMatchObject({ clipped: true, coefficient: 0 });
    expect(atToken!(cut * judged.columns).clipped).toBe(
      judged.tokenClipped[cut * judged.columns] === 1,
    );
    const wide = { ...judged, otherClip: { ...judged.otherClip!, epsilon: 0.5 } };
    expect(anatomyOf(wide, cut).window).toBeGreaterThan(anatomyOf(judged, cut).window);
    expect(anatomyOf(judged, cut).sequenceClipped).toBe(true);
    expect(
      histogramWindow({ ...wide, histograms: { ...wide.histograms, range: 4 } }),
    ).toBeGreaterThan(histogramWindow(judged));
  });

  test("another band that is tried stays with its level", () => {
    const band = { low: 0.01, high: 0.02 };
    const tried = withBand(judged, { level: "sequence", band });
    expect(tried.config).toBe(judged.config);
    expect(tried.otherClip).toMatchObject({ arm: "sequence", epsilon: 0.01, epsilon_high: 0.02 });
    const own = withBand(judged, { level: "token", band });
    expect([own.config.epsilon, own.otherClip]).toEqual([0.01, judged.otherClip]);
    // Where no arm lends its band, both levels follow the arm's own.
    const { otherClip: _, ...alone } = judged;
    expect(withBand(alone, { level: "sequence", band }).config.epsilon).toBe(0.01);
    const counted = wouldClip(judged, "sequence", bandOf(judged.otherClip!));
    expect(counted.clipped).toBe(rows.filter((row) => judged.sequenceClipped[row] === 1).length);
    // delta is the level's own, too.
    const capped = { ...judged, otherClip: { ...judged.otherClip!, delta: 0.5 } };
    const all = rows.filter((row) => judged.advantage[row] !== 0).length;
    expect(wouldClip(capped, "sequence", { low: 9, high: 9 }).clipped).toBeLessThanOrEqual(all);
    expect(wouldClip(capped, "sequence", { low: 9, high: 9 }).clipped).toBeGreaterThan(0);
    expect(wouldClip(judged, "sequence", { low: 9, high: 9 }).clipped).toBe(0);
  });

  test("a what-if of the other level's ε moves no token's verdict", () => {
    const edited = whatIf(judged, { ...NO_EDITS, otherBand: { low: 0.001, high: 0.001 } });
    expect(edited.tokenClipped).toEqual(judged.tokenClipped);
    expect(edited.config).toBe(judged.config);
    const count = (verdicts: Uint32Array) => verdicts.reduce((sum, each) => sum + each, 0);
    expect(count(edited.sequenceClipped)).toBeGreaterThan(count(judged.sequenceClipped));
    const own = whatIf(judged, { ...NO_EDITS, band: { low: 0.001, high: 0.001 } });
    expect(own.sequenceClipped).toEqual(judged.sequenceClipped);
    expect(count(own.tokenClipped)).toBeGreaterThan(count(judged.tokenClipped));
  });
});
