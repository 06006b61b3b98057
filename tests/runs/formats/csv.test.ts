import { expect, test } from "vitest";
import { diffText } from "../../../src/runs/diff-text.ts";
import { csvText } from "../../../src/base/csv.ts";
import { metricsToCsv } from "../../../src/runs/logs/metrics-table.ts";
import { tokensToCsv } from "../../../src/analysis/record-csv.ts";
import { workedExample } from "../../support/example-record.ts";
import { fc } from "../../support/fuzz.ts";

test.each([
  ["=1+1", "'=1+1"],
  ["=", "'="],
  ["+", "'+"],
  ["-", "'-"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["-1+cmd", "'-1+cmd"],
  ["-2*3", "'-2*3"],
  ["\t=1", "'\t=1"],
  ["\r=1", `"'\r=1"`],
  ["＝1", "'＝1"],
  ['=HYPERLINK("x","y")', `"'=HYPERLINK(""x"",""y"")"`],
  ["-1", "-1"],
  ["-1.5e-7", "-1.5e-7"],
  ["0.2", "0.2"],
  ["sort 3 1 =", "sort 3 1 ="],
  ["a, b", '"a, b"'],
])("%j is written %j", (text, cell) => {
  expect(csvText(text)).toBe(cell);
});

/** The cells of one line of CSV, as RFC 4180 has them. */
const cells = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/gs)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? "",
  );

test("no text begins as a formula, and every text can be had back", () => {
  const text = fc.oneof(
    fc.string(),
    fc.tuple(fc.constantFrom("=", "+", "-", "@", "\t", "\r"), fc.string()).map(([a, b]) => a + b),
  );
  fc.assert(
    fc.property(text, (its) => {
      const [cell = ""] = cells(csvText(its));
      if (/^[=+\-@\t\r]/.test(cell)) expect(Number.isFinite(Number(cell))).toBe(true);
      expect([its, `'${its}`]).toContain(cell);
    }),
  );
});

test("the tables use it: metrics by arm, a figure's tokens, the differences of runs", () => {
  const report = { arm: "-x", step: 1, generation: 0, innerStep: 0, metrics: { loss: -0.5 } };
  expect(metricsToCsv([report])).toBe("arm,step,generation,inner_step,loss\n'-x,1,0,0,-0.5\n");

  const record = workedExample();
  const equals = tokensToCsv(
    record,
    [0],
    Array.from({ length: 64 }, () => "="),
  );
  const [, first = ""] = equals.split("\n");
  expect(cells(first)[3]).toBe("'=");
  expect(cells(first).filter((cell) => cell.startsWith("'"))).toHaveLength(1);

  const row = { field: "learning_rate", trlDefault: "-1", values: ["-0.5", "=2"] };
  expect(diffText([row], ["=mine", "@yours"], "csv")).toBe(
    "field,TRL default,'=mine,'@yours\nlearning_rate,-1,-0.5,'=2\n",
  );
});
