import { quantile } from "../../src/analysis/quantile.ts";
import { describe, expect, test } from "vitest";
import { piles, swarm } from "../../src/analysis/anatomy.ts";
import { cellLabel, cellLook, type CellsView, moveCell } from "../../src/views/figure/cells.ts";
import { bindingLimit, clipNote, clipRule } from "../../src/analysis/clip-rule.ts";
import { tokensToCsv } from "../../src/analysis/record-csv.ts";
import { figureLayout } from "../../src/views/figure/layout.ts";
import {
  orderRows,
  shownColumns,
  shownRows,
  textParts,
  tokenName,
  tokenText,
} from "../../src/analysis/rows.ts";
import {
  colourDomain,
  largestDifference,
  type Stage,
  stageValues,
} from "../../src/analysis/stage.ts";
import { divergingScale } from "../../src/views/colour.ts";
import {
  DIGITS,
  EXAMPLE_CONFIG,
  sortGroup,
  waveBatch,
  workedExample,
} from "../support/example-record.ts";

const rows4 = [0, 1, 2, 3];
const scale = divergingScale(
  Array.from(
    { length: 9 },
    (_, i) =>
      `#${String(i * 11)
        .padStart(2, "0")
        .repeat(3)}`,
  ),
);

function view(record = sortGroup(), stage: Stage = 3, figure: 3 | 4 = 3): CellsView {
  const rows = Array.from({ length: record.rows }, (_, row) => row);
  const values = stageValues(record, rows, stage);
  return {
    figure,
    record,
    rows,
    columns: record.columns,
    stage,
    values,
    domain: colourDomain(record, rows, stage, values),
    scale,
    text: (index) => DIGITS[record.tokens[index]!]!,
    reserved: () => null,
    reach: null,
    asked: null,
  };
}

describe("the worked example, to its digits", () => {
  const three = (x: Float64Array) => [...x].map((value) => Number(value.toFixed(3)));

  test("Figure 3 after clipping", () => {
    const { token } = stageValues(workedExample(), rows4, 4);
    expect(three(token[0]!)).toEqual([0.866, 0.883, 0.857, 0, 0.875, 0.866]);
    expect(three(token[1]!)).toEqual([0.875, 0.849, 0.641, 0.883, 0.866, 0.892]);
    expect(three(token[2]!)).toEqual([-0.91, -0.901, -0.919, -0.91, -0.901, -0.919]);
    expect(three(token[3]!)).toEqual([-0.832, -1.181, 0, -0.883, -0.875, -0.892]);
  });

  test("sequence ratios and Figure 4 at ε 0.2", () => {
    const record = workedExample();
    expect([...record.sequenceRatio].map((s) => s.toFixed(4))).toEqual([
      "1.0478",
      "0.9576",
      "1.0513",
      "1.0000",
    ]);
    expect(three(stageValues(record, rows4, 4).sequence)).toEqual([0.907, 0.829, -0.91, -0.866]);
  });

  test("Figure 4 at the paper's ε drops the first row only", () => {
    const record = workedExample({ epsilon: 3e-4, epsilon_high: 4e-4 });
    expect(three(stageValues(record, rows4, 4).sequence)).toEqual([0, 0.829, -0.91, -0.866]);
  });
});

describe("stages", () => {
  test("at k = 0 the two figures differ by exactly 0, through every stage", () => {
    const record = sortGroup({}, 0);
    const rows = orderRows(record, shownRows(record, 2).rows, "advantage");
    for (const stage of [2, 3, 4] as const) {
      expect(largestDifference(record, rows, stageValues(record, rows, stage))).toBe(0);
    }
  });

  test("off-policy they differ", () => {
    const record = sortGroup();
    expect(largestDifference(record, [2], stageValues(record, [2], 3))).toBeGreaterThan(0.3);
  });

  test("shares of the gradient add up to 1 in size, at both levels", () => {
    for (const loss_type of ["grpo", "bnpo", "dr_grpo", "dapo"] as const) {
      const record = sortGroup({ loss_type });
      const rows = [0, 1, 2, 3, 4, 5, 6, 7];
      const { token, sequence } = stageValues(record, rows, 5);
      const size = token.flatMap((row) => [...row]).reduce((sum, x) => sum + Math.abs(x), 0);
      expect(size).toBeCloseTo(1, 6);
      const bars = rows.reduce((sum, r) => sum + record.length[r]! * Math.abs(sequence[r]!), 0);
      expect(bars).toBeCloseTo(1, 6);
    }
  });

  test("the share at the other level is what that level's gradient would be", () => {
    const rows = [0, 1, 2, 3, 4, 5, 6, 7];
    const own = stageValues(sortGroup({ importance_sampling_level: "sequence" }), rows, 5);
    const other = stageValues(sortGroup({ importance_sampling_level: "token" }), rows, 5);
    rows.forEach((row) => expect(other.sequence[row]).toBeCloseTo(own.sequence[row]!, 6));
  });

  test("the colour domain is the 98th percentile, the same for both figures", () => {
    const record = workedExample();
    const values = stageValues(record, rows4, 3);
    const sizes = rows4
      .flatMap((row) => [...values.token[row]!, ...Array<number>(6).fill(values.sequence[row]!)])
      .map(Math.abs)
      .toSorted((a, b) => a - b);
    const at = 0.98 * (sizes.length - 1);
    const expected = sizes[Math.floor(at)]! * (1 - (at % 1)) + sizes[Math.ceil(at)]! * (at % 1);
    expect(colourDomain(record, rows4, 3, values)).toBeCloseTo(expected, 12);
  });
});

test.each([0, 0.25, 0.5, 0.98, 1])("the quantile at %f is that of the sorted values", (share) => {
  for (const length of [1, 2, 3, 50, 1001]) {
    // Ties, and a ragged tail.
    const values = Float64Array.from(
      { length },
      (_, i) => Math.round(9 * Math.sin(1 + 7 * i)) / 9 + 0,
    );
    const sorted = values.toSorted();
    const at = share * (length - 1);
    const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
    expect(quantile(values, share)).toBe(low + (high - low) * (at - Math.floor(at)));
  }
});

describe("cells", () => {
  test("Figure 3 hatches the clipped token, Figure 4 keeps the row", () => {
    expect(cellLook(view(sortGroup(), 3, 3), 2, 5).kind).toBe("clipped");
    expect(cellLook(view(sortGroup(), 3, 4), 2, 5).kind).toBe("value");
  });

  test("a clipped cell still tells which way it would have pushed", () => {
    const look = cellLook(view(), 2, 5);
    expect(look.sign).toBe(-1);
    expect(look.fill).toBe(scale.fill(0));
    expect(cellLook(view(sortGroup(), 4), 2, 5).sign).toBe(0);
  });

  test("before clipping nothing is hatched", () => {
    expect(cellLook(view(sortGroup(), 2), 2, 5).kind).toBe("value");
  });

  test("what is beyond the row is padding, what the mask drops is masked", () => {
    const record = sortGroup();
    expect(cellLook(view(record), 0, 7).kind).toBe("padding");
    const masked = { ...record, mask: record.mask.map((m, i) => (i === 3 ? 0 : m)) };
    expect(cellLook(view(masked), 0, 3).kind).toBe("masked");
  });

  test("a cell reads as a sentence", () => {
    expect(cellLabel(view(), 2, 5)).toBe("row 3, token 6, 9, ratio × A −1.07, clipped");
    expect(cellLabel(view(sortGroup({ epsilon: 0.03 }), 3, 4), 0, 1)).toContain(
      "clipped with its row",
    );
  });

  test("a ratio that is clipped at 0.80 does not read 0.80", () => {
    const record = sortGroup();
    const tokenRatio = record.tokenRatio.map((ratio, i) => (i === 0 ? 0.797 : ratio));
    expect(cellLabel(view({ ...record, tokenRatio }, 2), 0, 0)).toContain("ratio 0.797");
  });

  test("keys walk the grid in the order shown and stop at its edges", () => {
    const record = sortGroup();
    const at = { rows: orderRows(record, [0, 1, 2, 3, 4, 5, 6, 7], "advantage"), record };
    const from = { row: 0, token: 6 };
    expect(moveCell(at, from, "ArrowRight", false)).toEqual({ row: 0, token: 6 });
    expect(moveCell(at, from, "ArrowDown", false)).toEqual({ row: 1, token: 6 });
    expect(moveCell(at, { row: 1, token: 6 }, "ArrowDown", false)).toEqual({ row: 6, token: 5 });
    expect(moveCell(at, from, "ArrowRight", true)).toEqual({ row: 1, token: 6 });
    expect(moveCell(at, from, "Home", false)).toEqual({ row: 0, token: 0 });
    expect(moveCell(at, from, "a", false)).toBeNull();
  });
});

describe("rows", () => {
  test("are ordered by advantage, and rows that tie stay as generated", () => {
    const record = sortGroup();
    expect(orderRows(record, shownRows(record, 2).rows, "advantage")).toEqual([
      0, 1, 6, 3, 4, 7, 5, 2,
    ]);
    expect(orderRows(record, [0, 1, 2], "generation")).toEqual([0, 1, 2]);
    expect(orderRows(record, [0, 1, 2], "drift")[0]).toBe(0);
  });

  test("a prompt with one row in the batch gives way to the next with two, else to the batch", () => {
    const record = waveBatch({ groups: 4, perGroup: 1 });
    expect(shownRows(record, 2)).toEqual({ rows: [0, 1, 2, 3], group: "all" });
    const whole = waveBatch({ groups: 3, perGroup: 3 });
    expect(shownRows(whole, 1)).toEqual({ rows: [3, 4, 5], group: 1 });
    // Two of the middle prompt's rows went to another mini-batch, as other prompts' third rows.
    const cut = { ...whole, group: Uint32Array.from([0, 0, 0, 1, 2, 2, 2, 2, 2]) };
    expect(shownRows(cut, 1)).toEqual({ rows: [4, 5, 6, 7, 8], group: 2 });
    const last = { ...whole, group: Uint32Array.from([0, 0, 0, 1, 1, 1, 1, 1, 2]) };
    expect(shownRows(last, 2)).toEqual({ rows: [0, 1, 2], group: 0 });
  });

  test("the telling prompt has many rows, pushed both ways, with room to move, at every inner step", () => {
    const whole = waveBatch({ groups: 3, perGroup: 3 });
    const plain = {
      ...whole,
      advantage: new Float32Array(9).fill(1),
      logpOld: whole.logpOld.map(() => -1),
    };
    expect(shownRows(plain, "telling").group).toBe(0);
    const most = { ...plain, group: Uint32Array.from([0, 0, 0, 1, 1, 1, 1, 2, 2]) };
    expect(shownRows(most, "telling")).toEqual({ rows: [3, 4, 5, 6], group: 1 });
    const both = { ...most, advantage: Float32Array.from([1, 1, -1, 1, 1, 1, 1, 1, 1]) };
    expect(shownRows(both, "telling").group).toBe(0);
    const even = { ...both, group: Uint32Array.from([0, 0, 0, 1, 1, 1, 2, 2, 2]) };
    const unsure = {
      ...even,
      advantage: Float32Array.from([1, 1, -1, 1, 1, -1, 1, 1, 1]),
      logpOld: even.logpOld.map((_, i) => (i === 4 * even.columns ? -3 : -1)),
    };
    expect(shownRows(unsure, "telling").group).toBe(1);
    // What the policy does afterwards changes nothing.
    const later = {
      ...unsure,
      innerStep: unsure.innerStep + 1,
      logRatio: unsure.logRatio.map((_, i) => (i < 3 * unsure.columns ? 0.9 : 0)),
      sequenceClipped: Uint32Array.from([1, 1, 1, 0, 0, 0, 0, 0, 0]),
    };
    expect(shownRows(later, "telling").group).toBe(1);
    // Nothing is learnt from a group whose advantages are all 0.
    const flat = { ...most, advantage: Float32Array.from([1, 1, -1, 0, 0, 0, 0, 1, 1]) };
    expect(shownRows(flat, "telling").group).toBe(0);
    const allFlat = { ...most, advantage: new Float32Array(9) };
    expect(shownRows(allFlat, "telling").group).toBe(1);
  });

  test("long limits draw only the columns that are used, in eights", () => {
    const record = waveBatch({ groups: 1, perGroup: 4, columns: 256 });
    const short = { ...record, length: record.length.map(() => 21) };
    expect(shownColumns(short)).toBe(24);
  });
});

describe("clip rules", () => {
  test("the sign of A decides the side that binds", () => {
    const rule = clipRule({ ...EXAMPLE_CONFIG, epsilon_high: 0.28 });
    expect(bindingLimit(rule, 1, 2)).toBe(1.28);
    expect(bindingLimit(rule, -1, 0.5)).toBe(0.8);
  });

  test("delta is a second limit when A < 0", () => {
    const rule = clipRule({ ...EXAMPLE_CONFIG, delta: 4 });
    expect(bindingLimit(rule, -1, 5)).toBe(4);
    expect(bindingLimit(rule, -1, 0.1)).toBe(0.8);
  });

  test("losses without a hard clip say so", () => {
    expect(clipNote(clipRule({ ...EXAMPLE_CONFIG, loss_type: "sapo" }))).toBe(
      "no hard clip for this loss",
    );
    expect(
      clipNote(clipRule({ ...EXAMPLE_CONFIG, loss_type: "cispo", epsilon_high: 5 })),
    ).toContain("capped at 5");
    expect(clipNote(clipRule(EXAMPLE_CONFIG))).toBeNull();
  });
});

describe("layout", () => {
  const input = { rows: 8, longest: 10, decimals: 3, rowHeight: 28, factor: 1 };

  test.each([
    [1440 - 288 - 344 - 32, 10, false],
    [1440 - 288 - 344 - 32, 24, true],
    [374, 10, true],
  ])("at %i px with %i columns, stacked: %s", (width, columns, stacked) => {
    expect(figureLayout({ ...input, width, columns }).stacked).toBe(stacked);
  });

  test.each([340, 374, 700, 776, 1008, 1400, 1900])("never overflows %i px", (width) => {
    for (const [columns, decimals] of [1, 10, 24, 64, 1024].flatMap((n) => [
      [n, 3] as const,
      [n, 5] as const,
    ])) {
      const at = figureLayout({ ...input, width, columns, decimals });
      const used = at.stacked
        ? at.left + at.view + at.right4
        : at.left + at.right3 + at.right4 + 20 + 2 * at.view;
      expect(used).toBeLessThanOrEqual(width + 0.001);
    }
  });
});

test("a phone's cells print their values, in margins without products", () => {
  const phone = { rows: 8, longest: 6, decimals: 3, rowHeight: 44, factor: 1, width: 342 };
  expect(figureLayout({ ...phone, columns: 6 })).toMatchObject({
    stacked: true,
    showValues: true,
    showProducts: false,
  });
  expect(figureLayout({ ...phone, columns: 8 }).showValues).toBe(false);
});

test("CSV has a line per token and numbers that read back exactly", () => {
  const record = sortGroup();
  const [head, first, ...rest] = tokensToCsv(record, [0, 2], DIGITS).trim().split("\n");
  expect(rest).toHaveLength(7 + 10 - 1);
  const fields = Object.fromEntries(
    head!.split(",").map((name, i) => [name, first!.split(",")[i]!]),
  );
  expect(Math.fround(Number(fields.token_ratio))).toBe(record.tokenRatio[0]);
  expect(fields).toMatchObject({ row: "1", token: "1", text: "1" });
});

test("marks that would cover each other go to other lanes", () => {
  expect(swarm([0, 5, 30], 16, 3)).toEqual([0, 1, 0]);
});

test("marks that no lane keeps apart are counted where they lie", () => {
  const still = [100, 100, 100, 100, 100, 100, 160];
  expect(piles(still, swarm(still, 16, 3), 16)).toEqual([{ at: 100, count: 6 }]);
  const apart = [0, 5, 10, 60];
  expect(piles(apart, swarm(apart, 16, 3), 16)).toEqual([]);
});

test("what stands for no text is a sign with a name, never text", () => {
  const vocabulary = ["<pad>", "<eos>", "<unk>", "sort"];
  const texts = [0, 1, 2, 3, 4].map((id) => tokenText(vocabulary, id));
  expect(texts).toEqual(["□", "⏎", "\ufffd", "sort", "#4"]);
  expect(tokenName(vocabulary, 2)).toBe("unknown token, no text");
  expect(tokenName(vocabulary, 3)).toBe("sort");
  expect(textParts("5 <unk> 6 <eos>")).toEqual([
    { text: "5 ", name: null },
    { text: "\ufffd", name: "unknown token, no text" },
    { text: " 6 ", name: null },
    { text: "⏎", name: "end-of-sequence token" },
  ]);
  expect(textParts("<unknown> pad")).toEqual([{ text: "<unknown> pad", name: null }]);
});
