import { ratioAt } from "../analysis/clip-rule.ts";
import * as format from "../analysis/format.ts";
import { rowName } from "../analysis/selection.ts";
import type { StepRecord } from "../record/record.ts";
import { type Found, groupsWhere, highest, placeOf, tokensOf, viewOf } from "./find.ts";
import type { Lesson, Material, Scene } from "./lesson.ts";

/** Two tokens of a row move to opposite sides: the row hardly moves. */
export const oppositeMoves: Lesson = {
  id: "opposite-moves",
  title: "Opposite moves cancel",
  batch: "recorded",
  scenes: (material) => {
    const row = chosen(material);
    return row === null ? [] : [where(row)];
  },
  tryThis: () => ({
    say: "Here the four rows that no policy wrote, which can be changed: drag token 2 or token 3 of row 4 up or down, or press + and − on it. s of the row follows by one sixth of what you drag, in the logarithm.",
    label: "Open row 4",
    view: {
      batch: { kind: "example", band: null },
      ...{ stage: 2, row: 3, token: 2, lights: "figures" },
    },
  }),
};

interface Row {
  found: Found;
  row: number;
  /** Columns of the tokens that moved the furthest to either side. */
  up: number;
  down: number;
}

/** Up and down as far as possible, with s as near to 1; best one that GSPO keeps. */
function chosen(material: Material): Row | null {
  const rows = groupsWhere(material, ({ innerStep }) => innerStep > 0).flatMap((found) =>
    found.rows.map((row) => ({ found, row })),
  );
  const best = highest(rows, ({ found: { record }, row }) => {
    const d = tokensOf(record, row).map((index) => record.logRatio[index]!);
    const both = Math.min(Math.max(...d), -Math.min(...d));
    const keeps = record.sequenceClipped[row] === 0 ? 1 : 0;
    return keeps + both - 2 * Math.abs(Math.log(record.sequenceRatio[row]!));
  });
  if (best === undefined) return null;
  const { record } = best.found;
  const indices = tokensOf(record, best.row);
  const by = (sign: 1 | -1): number =>
    indices.reduce((most, index) =>
      sign * record.logRatio[index]! > sign * record.logRatio[most]! ? index : most,
    ) -
    best.row * record.columns;
  return { ...best, up: by(1), down: by(-1) };
}

/** Wider than the furthest token. */
const reachOf = (record: StepRecord, row: number): number =>
  1.15 *
  tokensOf(record, row).reduce((most, i) => Math.max(most, Math.abs(record.logRatio[i]!)), 0.05);

function where({ found, row, up, down }: Row): Scene {
  const { record } = found;
  const indices = tokensOf(record, row);
  const r = (token: number): string =>
    ratioAt(record, "token", record.tokenRatio[row * record.columns + token]!);
  const d = (token: number): string =>
    format.signed(record.logRatio[row * record.columns + token]!, 2);
  const s = record.sequenceRatio[row]!;
  const reach = reachOf(record, row);
  const [clips, keeps] = [
    indices.filter((index) => record.tokenClipped[index] === 1).length,
    record.sequenceClipped[row] === 0,
  ];
  return {
    say: `Row ${rowName(row)} of the recorded run (${placeOf(record)}): token ${up + 1} became ${r(up)} times as likely, token ${down + 1} ${r(down)} times. The marks on the line are the ratios of all its ${indices.length} tokens.`,
    question: {
      kind: "place",
      of: "s",
      ask: "Where does the row’s one ratio s lie? Move the handle.",
      reach,
      marks: indices.map((index) => ({
        ratio: record.tokenRatio[index]!,
        name: `token ${index - row * record.columns + 1}`,
      })),
      right: s,
      within: 0.08 * reach,
    },
    asked: viewOf(found, { stage: 1, row, lights: "figures" }),
    revealed: viewOf(found, { stage: 2, row, lights: "row" }),
    why: `s is the geometric mean of the ratios: logarithms add, so ${d(up)} and ${d(down)} pull against each other, and all ${indices.length} of them average to ${format.signed(Math.log(s), 3).trim()}, which makes s ${ratioAt(record, "sequence", s)}; GRPO drops ${clips === 0 ? "none" : clips} of the tokens, GSPO ${keeps ? "keeps" : "drops"} the row.`,
  };
}
