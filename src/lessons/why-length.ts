import { clipRuleAt, isCut, ratioAt } from "../analysis/clip-rule.ts";
import * as format from "../analysis/format.ts";
import { rowName } from "../analysis/selection.ts";
import { type Found, groupsWhere, highest, placeOf, product, tokensOf, viewOf } from "./find.ts";
import type { Lesson, Material, Scene } from "./lesson.ts";

/** What s would be as a product, on real rows. */
export const whyLength: Lesson = {
  id: "why-length",
  title: "Why divide by the length",
  batch: "recorded",
  scenes: (material) => {
    const found = chosen(material);
    return found === null ? [] : [withoutIt(found), howMany(found)];
  },
  tryThis: (material) => {
    const found = chosen(material);
    return {
      say: "Below the figures each row is taken apart. Press other rows and compare the product Π r with the geometric mean s: the longer the row, the further the product runs off.",
      label: "Take the row apart",
      view:
        found === null
          ? { batch: { kind: "example", band: null }, stage: 2, row: 2, lights: "row" }
          : viewOf(found, { stage: 2, row: furthest(found), lights: "row" }),
    };
  },
};

/** How far a row's product is from 1, in logarithms. */
const run = ({ record }: Found, row: number): number => Math.abs(Math.log(product(record, row)));

const furthest = (found: Found): number =>
  found.rows.reduce((most, row) => (run(found, row) > run(found, most) ? row : most));

/** Rows that the sequence level's limits cut, by either ratio. */
function dropped({ record, rows }: Found, ratio: (row: number) => number): number[] {
  const rule = clipRuleAt(record, "sequence");
  return rule.kind === "hard"
    ? rows.filter((row) => isCut(rule, record.advantage[row]!, ratio(row)))
    : [];
}

const withDivision = (found: Found): number[] =>
  dropped(found, (row) => found.record.sequenceRatio[row]!);
const withProduct = (found: Found): number[] => dropped(found, (row) => product(found.record, row));

const lengths = ({ record, rows }: Found): number =>
  new Set(rows.map((row) => tokensOf(record, row).length)).size;

/** Where the product drops most rows that the mean keeps, of rows of several lengths. */
const chosen = (material: Material): Found | null =>
  highest(
    groupsWhere(material, ({ innerStep }) => innerStep > 0),
    (found) =>
      (withProduct(found).length - withDivision(found).length) *
      run(found, furthest(found)) *
      lengths(found),
  ) ?? null;

function withoutIt(found: Found): Scene {
  const { record } = found;
  const row = furthest(found);
  const length = tokensOf(record, row).length;
  const s = record.sequenceRatio[row]!;
  const all = product(record, row);
  const reach = 1.25 * Math.max(Math.abs(Math.log(all)), 0.05);
  return {
    say: `GSPO adds up the ${length} log-ratios of row ${rowName(row)} (${placeOf(record)}), divides by ${length} and takes the exponential: s = ${format.ratio(s)}, the geometric mean. Without the division it would be the product of all the ratios.`,
    question: {
      kind: "place",
      of: "product",
      ask: "Where would the product lie? Move the handle.",
      reach,
      marks: [{ ratio: s, name: "s" }],
      right: all,
      within: 0.12 * reach,
    },
    asked: viewOf(found, { stage: 2, row, lights: "figures" }),
    revealed: viewOf(found, { stage: 2, row, lights: "row" }),
    why: `The product is s to the power of the length: ${format.ratio(s)} to the power of ${length} is ${format.ratio(all)}, so a small drift of every token becomes ${format.fixed(Math.log(all) / Math.log(s), 0)} times as large in the logarithm.`,
  };
}

function howMany(found: Found): Scene {
  const { record, rows } = found;
  const [mean, whole] = [withDivision(found), withProduct(found)];
  const rule = clipRuleAt(record, "sequence");
  const band =
    rule.kind === "hard" ? `${format.limit(rule.low)} to ${format.limit(rule.high)}` : "";
  const counts = [...new Set([mean.length, whole.length, 0, rows.length])].toSorted(
    (a, b) => a - b,
  );
  const share = (count: number): string => `${count} of ${format.plural(rows.length, "row")}`;
  return {
    say: `GSPO’s band here is ${band}. With the division it drops ${share(mean.length)} of this prompt.`,
    question: {
      kind: "choose",
      ask: "How many would it drop if the ratio were the product?",
      options: counts.map(share),
      right: counts.indexOf(whole.length),
    },
    asked: viewOf(found, { stage: 2, row: furthest(found), lights: "figures" }),
    revealed: viewOf(found, { stage: 4, row: furthest(found), lights: "figures" }),
    why: `By the product it would drop ${share(whole.length)} instead of ${mean.length}: without the division the same band means something else for every length, and rows of thousands of tokens would nearly all lie outside.`,
    table: {
      head: ["row", "tokens", "s", "s drops", "Π r", "Π r drops"],
      rows: rows.map((row) => [
        rowName(row),
        String(tokensOf(record, row).length),
        ratioAt(record, "sequence", record.sequenceRatio[row]!),
        mean.includes(row) ? "yes" : "no",
        ratioAt(record, "sequence", product(record, row)),
        whole.includes(row) ? "yes" : "no",
      ]),
    },
  };
}
