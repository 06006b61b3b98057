import { describe, expect, test } from "vitest";
import { type GRPOConfig, lossTypes } from "../../src/config/types.ts";
import { branchesOf, product } from "../../src/analysis/branches.ts";
import { phaseFacts } from "../../src/analysis/phase-facts.ts";
import { groupStatistics } from "../../src/analysis/group-statistics.ts";
import { objectiveTex } from "../../src/analysis/paper.ts";
import { lossParts } from "../../src/analysis/recombine.ts";
import { renderTex } from "../../src/views/equation/katex.ts";
import * as format from "../../src/analysis/format.ts";
import { EXAMPLE_CONFIG, sortGroup, waveBatch } from "../support/example-record.ts";

const LOSSES = ["grpo", "bnpo", "dr_grpo", "dapo"] as const;
const LEVELS = ["token", "sequence"] as const;
const parse = (text: string) => Number(format.ascii(text));

describe.each(LOSSES)("%s", (loss_type) => {
  describe.each(LEVELS)("at %s level", (level) => {
    test.each([
      ["plain", {}],
      ["with KL", { beta: 0.04 }],
      ["with delta", { delta: 1.25, epsilon: 0.05 }],
      ["with a tight band", { epsilon: 0.01, epsilon_high: 0.02 }],
    ])("the displayed parts recombine to the loss, %s", (_, config) => {
      for (const record of [
        sortGroup({ loss_type, importance_sampling_level: level, ...config }),
        waveBatch({}, { loss_type, importance_sampling_level: level, ...config }),
      ]) {
        const parts = lossParts(record, level)!;
        // As printed: rows and KL with five decimals, the loss with four.
        const terms = parts.terms.reduce((sum, term) => sum + parse(format.signed(term, 5)), 0);
        const kl = parse(format.signed(-(parts.kl ?? 0), 5));
        const shown = -(terms + kl) / parts.divisor;
        expect(Math.abs(shown - record.metrics.loss!)).toBeLessThan(5e-5);
        expect(parts.loss).toBeCloseTo(record.metrics.loss!, 6);
      }
    });
  });
});

test("bnpo over several micro-batches averages their losses", () => {
  const config = {
    loss_type: "bnpo",
    gradient_accumulation_steps: 2,
    per_device_train_batch_size: 4,
  } as const;
  const record = sortGroup(config);
  const parts = lossParts(record, "token")!;
  const half = (rows: number[]) => {
    const tokens = rows.reduce((sum, row) => sum + record.length[row]!, 0);
    const single = lossParts(
      sortGroup({ loss_type: "dr_grpo", max_completion_length: 1 }),
      "token",
    )!;
    return -rows.reduce((sum, row) => sum + single.terms[row]!, 0) / tokens;
  };
  expect(parts.loss).toBeCloseTo((half([0, 1, 2, 3]) + half([4, 5, 6, 7])) / 2, 9);
});

describe("the min", () => {
  test("a clipped token with A < 0: the clipped side is smaller", () => {
    const record = sortGroup();
    const branches = branchesOf(record, "token", 2, record.tokenRatio[25]!)!;
    expect(branches.unclipped.place).toBe("larger");
    expect(branches.clipped.place).toBe("smaller");
    expect(
      product(branches.unclipped.ratio, record.advantage[2]!, branches.unclipped.value),
    ).toEqual(["0.7711 × −1.3885 =", "−1.071"]);
    expect(format.fixed(branches.clipped.value, 3)).toBe("−1.111");
  });

  test("inside the band both sides are equal", () => {
    const record = sortGroup();
    const branches = branchesOf(record, "token", 0, record.tokenRatio[0]!)!;
    expect([branches.unclipped.place, branches.clipped.place]).toEqual(["equal", "equal"]);
  });

  test("beyond the open side the unclipped branch wins", () => {
    const branches = branchesOf(sortGroup(), "token", 0, 0.5)!;
    expect(branches.unclipped.place).toBe("smaller");
  });

  test("delta caps the unclipped side", () => {
    const branches = branchesOf(sortGroup({ delta: 3 }), "token", 2, 9)!;
    expect(branches.unclipped.ratio).toBe(3);
    expect(branches.unclipped.place).toBe("smaller");
  });
});

test("mean and deviation of the group give back the advantage", () => {
  const record = sortGroup();
  const found = groupStatistics(record, 2);
  if (found.kind !== "whole" || found.deviation === null) throw new Error("the group is whole");
  const A = (record.reward[2]! - found.mean) / (found.deviation + 1e-4);
  expect(A).toBeCloseTo(record.advantage[2]!, 5);
});

test("a log without rewards: advantages are taken as they are, and no number is made up", () => {
  const { rows } = sortGroup();
  const reward = new Float32Array(rows).fill(NaN);
  const record = { ...sortGroup(), reward, rewards: [], rewardNames: [] };
  expect(groupStatistics(record, 2)).toEqual({
    kind: "part",
    why: "It is taken as it is: the log holds advantages and no rewards.",
  });
  expect(phaseFacts(record, null, "reward")).toMatchObject({ value: "—", unit: "not logged" });
  expect(phaseFacts(record, null, "reward").sentence).not.toContain("NaN");
  expect(format.reward(NaN)).toBe("—");
});

describe("a group that is not whole", () => {
  /** Some rows of a group of eight, as a mini-batch has them. */
  const part = (rows: readonly number[], config: Partial<GRPOConfig> = {}) => {
    const whole = sortGroup(config);
    if (config.scale_rewards === "none") {
      const mean = whole.reward.reduce((sum, value) => sum + value, 0) / whole.rows;
      whole.advantage.set(whole.reward.map((value) => value - mean));
    }
    const pick = (values: Float32Array) => Float32Array.from(rows, (row) => values[row]!);
    return {
      whole,
      part: {
        ...whole,
        rows: rows.length,
        group: Uint32Array.from(rows, (row) => whole.group[row]!),
        reward: pick(whole.reward),
        advantage: pick(whole.advantage),
      },
    };
  };

  test.each(["group", "none"] as const)("is found back, scale_rewards %s", (scale_rewards) => {
    const { whole, part: record } = part([1, 2], { scale_rewards });
    const real = groupStatistics(whole, 1);
    const found = groupStatistics(record, 0);
    if (real.kind !== "whole" || found.kind !== "solved") throw new Error(found.kind);
    expect(found.mean).toBeCloseTo(real.mean, 5);
    if (scale_rewards === "none") expect(found.deviation).toBeNull();
    else expect(found.deviation).toBeCloseTo(real.deviation ?? NaN, 5);
    expect(found.why).toContain("2 of the group’s 8");
  });

  test("is not where its rows have one reward", () => {
    expect(groupStatistics(part([1, 6]).part, 0)).toMatchObject({
      kind: "part",
      why: expect.stringContaining("2 of the group’s 8"),
    });
  });

  test("is not where its advantages were not made from these rewards", () => {
    const { part: record } = part([1, 2, 3]);
    expect(groupStatistics(record, 0).kind).toBe("solved");
    record.advantage[2]! += 0.01;
    expect(groupStatistics(record, 0).kind).toBe("part");
  });
});

test("every loss type, level, delta and KL has a formula that can be set", () => {
  const formulas = lossTypes.flatMap((loss_type) =>
    LEVELS.flatMap((level) =>
      [{}, { delta: 2, beta: 0.1, epsilon_high: 0.3 }].map((more) =>
        objectiveTex({ ...EXAMPLE_CONFIG, loss_type, ...more }, level),
      ),
    ),
  );
  for (const tex of formulas) expect(renderTex(tex, true)).toContain("katex-html");
  expect(new Set(formulas).size).toBeGreaterThanOrEqual(24);
});
