import { clippedTokens, maskedLength } from "../analysis/rows.ts";
import { ratioAt } from "../analysis/clip-rule.ts";
import * as format from "../analysis/format.ts";
import { rowName } from "../analysis/selection.ts";
import { cellKey, NO_EDITS, whatIf } from "../analysis/what-if.ts";
import { WORKED_CONFIG, workedExample } from "../analysis/worked-example.ts";
import { type Band, bandOf } from "../analysis/epsilon.ts";
import type { StepRecord } from "../record/record.ts";
import { groupsWhere, highest, tokensOf, viewOf } from "./find.ts";
import { cellName } from "./judge.ts";
import type { Lesson, Material, Scene, View } from "./lesson.ts";
import { PAPER } from "./paper.ts";

/** One token far from 1: GRPO drops the token, GSPO the row or nothing. */
export const hotToken: Lesson = {
  id: "hot-token",
  title: "One hot token",
  batch: "example",
  scenes: () => [tokens(), rows()],
  tryThis: (material) => ({
    say: "Now rows that a policy wrote, around the hottest token of the recorded run: of those that GRPO drops, the one whose ratio rose the most. It is outlined, and its row is taken apart below the figures; Equation says what each level does with it.",
    label: "Show the hottest token",
    view: hottest(material),
  }),
};

const exampleAt = (band: Band | null, stage: View["stage"]): View => ({
  batch: { kind: "example", band },
  stage,
  row: null,
  lights: "figures",
});

const keysWhere = (record: StepRecord, takes: (index: number, row: number) => boolean): string[] =>
  Array.from({ length: record.rows }, (_, row) => row).flatMap((row) =>
    tokensOf(record, row)
      .filter((index) => takes(index, row))
      .map((index) => cellKey({ row, token: index - row * record.columns })),
  );

function tokens(): Scene {
  const record = workedExample(WORKED_CONFIG);
  const { low, high } = bandOf(record.config);
  const clipped = keysWhere(record, (index) => record.tokenClipped[index] === 1);
  // Outside of the band on the side that their advantage leaves open.
  const open = keysWhere(
    record,
    (index) =>
      record.tokenClipped[index] === 0 &&
      (record.tokenRatio[index]! > 1 + high || record.tokenRatio[index]! < 1 - low),
  );
  const ratio = (key: string) => {
    const [row = 0, token = 0] = key.split("-").map(Number);
    return ratioAt(record, "token", record.tokenRatio[row * record.columns + token]!);
  };
  const told = clipped.map((key) => `${cellName(key)} (ratio ${ratio(key)})`).join(" and ");
  const kept = open.map((key) => `${cellName(key)} (ratio ${ratio(key)})`).join(" and ");
  return {
    say: `Four completions made up for this lesson; no policy wrote them. The cells are ratios. ε is ${format.band(low, high)}: GRPO drops a token whose ratio is above ${format.limit(1 + high)} where the advantage A is positive, or below ${format.limit(1 - low)} where A is negative.`,
    question: {
      kind: "cells",
      ask: "Which tokens does GRPO drop? Mark them in the figure.",
      rows: Array.from({ length: record.rows }, (_, row) => row),
      right: clipped,
    },
    asked: exampleAt(null, 2),
    revealed: exampleAt(null, 4),
    why: `GRPO drops ${told}, and nothing else: ${kept} ${open.length === 1 ? "is" : "are"} outside the band too, but on the side where the update still corrects ${open.length === 1 ? "it" : "them"}, so ${open.length === 1 ? "it is" : "they are"} kept.`,
  };
}

function rows(): Scene {
  const record = whatIf(workedExample(WORKED_CONFIG), { ...NO_EDITS, band: PAPER });
  const all = Array.from({ length: record.rows }, (_, row) => row);
  const clipped = all.filter((row) => record.sequenceClipped[row] === 1);
  const named = clipped.map(
    (row) =>
      `row ${rowName(row)} (s = ${ratioAt(record, "sequence", record.sequenceRatio[row]!)}, A ${record.advantage[row]! > 0 ? "> 0" : "< 0"})`,
  );
  const [first] = clipped;
  const count = first === undefined ? 0 : clippedTokens(workedExample(WORKED_CONFIG), first);
  return {
    say: `GSPO has one ratio for a row: s, at the right of Figure 4. Take the paper’s ε, ${format.band(PAPER.low, PAPER.high)}: a row is dropped when s is above ${format.limit(1 + PAPER.high)} and A > 0, or below ${format.limit(1 - PAPER.low)} and A < 0.`,
    question: {
      kind: "rows",
      ask: "Which rows does GSPO drop? Mark them in the figure.",
      rows: all,
      right: clipped,
    },
    asked: exampleAt(PAPER, 2),
    revealed: exampleAt(PAPER, 4),
    why:
      first === undefined
        ? "GSPO drops no row here."
        : `GSPO drops ${named.join(" and ")}: all ${maskedLength(record, first)} tokens go, where GRPO at its own ε of ${format.setting(WORKED_CONFIG.epsilon)}, a question ago, dropped ${format.plural(count, "token")} of that row; the figures now draw both levels at the paper’s.`,
  };
}

/** The token that is clipped furthest from 1 in the run; the example where there is none. */
function hottest(material: Material): View {
  const distance = (record: StepRecord, index: number): number =>
    record.tokenClipped[index] === 1 ? Math.max(0, record.logRatio[index]!) : 0;
  const far = (record: StepRecord, all: readonly number[]): number =>
    all
      .flatMap((row) => tokensOf(record, row))
      .reduce((most, index) => Math.max(most, distance(record, index)), 0);
  const found = highest(
    groupsWhere(material, ({ innerStep }) => innerStep > 0),
    ({ record, rows: all }) => far(record, all),
  );
  if (found === undefined) return exampleAt(null, 2);
  const row = highest(
    found.rows.map((each) => ({ each })),
    ({ each }) => far(found.record, [each]),
  );
  if (row === undefined) return viewOf(found, { stage: 2, row: null, lights: "figures" });
  const { record } = found;
  const hot = highest(
    tokensOf(record, row.each).map((index) => ({ index })),
    ({ index }) => distance(record, index),
  );
  return {
    ...viewOf(found, { stage: 2, row: row.each, lights: "figures" }),
    ...(hot && { token: hot.index - row.each * record.columns }),
  };
}
