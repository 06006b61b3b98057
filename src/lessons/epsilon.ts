import { bandClipping, bandOf, wouldClip } from "../analysis/epsilon.ts";
import * as format from "../analysis/format.ts";
import { bandAt, type StepRecord } from "../record/record.ts";
import { groupsWhere, highest, placeOf, tokensOf, viewOf } from "./find.ts";
import type { Lesson, Material, Scene, View } from "./lesson.ts";

/** Ratios of rows stay nearer to 1, so their ε is smaller. */
export const epsilon: Lesson = {
  id: "epsilon",
  title: "Why ε differs by orders of magnitude",
  batch: "recorded",
  scenes: (material) => {
    const record = chosen(material);
    return record === null ? [] : [sameBand(record), sameShare(record)];
  },
  tryThis: (material) => {
    const record = chosen(material);
    return {
      say: "Drag the ends of a band on the row below the figures, in the lane of the diamond: the line under it counts what that ε would drop, at both levels.",
      label: "Show the row’s lanes",
      view:
        record === null
          ? { batch: { kind: "example", band: null }, stage: 2, row: 0, lights: "row" }
          : whole(record, "row"),
    };
  },
};

const whole = (record: StepRecord, lights: View["lights"]): View =>
  viewOf({ record, group: "telling" }, { stage: 2, row: null, lights });

/** Candidates for the sequence level’s ε. */
const TRIED = [0.2, 0.06, 0.006, 3e-4] as const;

/** A smaller share that the token level's own ε drops would say little. */
const ENOUGH = 0.02;

const shareOf = ({ clipped, total }: { clipped: number; total: number }): number => clipped / total;

/** What the token level's own ε drops. */
const ofTokens = (record: StepRecord): number =>
  shareOf(wouldClip(record, "token", bandOf(bandAt(record, "token"))));

/** The candidate that drops the share of rows nearest to that, and how far it is off. */
function nearestOf(record: StepRecord): { index: number; off: number } {
  const off = TRIED.map((each) =>
    Math.abs(shareOf(wouldClip(record, "sequence", { low: each, high: each })) - ofTokens(record)),
  );
  const least = Math.min(...off);
  return { index: off.indexOf(least), off: least };
}

/** Where a candidate other than the first comes nearest, of the batches with enough that is dropped. */
function chosen(material: Material): StepRecord | null {
  const records = new Set(
    groupsWhere(material, ({ innerStep }) => innerStep > 0).map(({ record }) => record),
  );
  const enough = [...records].filter((record) => ofTokens(record) >= ENOUGH);
  return (
    highest(enough, (record) => {
      const { index, off } = nearestOf(record);
      return (index > 0 ? 1 : 0.01) / (0.01 + off);
    }) ?? null
  );
}

const countedRows = (record: StepRecord): number[] =>
  Array.from({ length: record.rows }, (_, row) => row).filter(
    (row) => tokensOf(record, row).length > 0,
  );

/** Standard deviation of the log-ratios, of tokens and of rows. */
function spreads(record: StepRecord): { tokens: number; rows: number } {
  const rows = countedRows(record);
  return {
    tokens: deviation(
      rows.flatMap((row) => tokensOf(record, row)).map((index) => record.logRatio[index]!),
    ),
    rows: deviation(rows.map((row) => Math.log(record.sequenceRatio[row]!))),
  };
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function sameBand(record: StepRecord): Scene {
  const band = bandOf(bandAt(record, "token"));
  const tokens = wouldClip(record, "token", band);
  const rows = wouldClip(record, "sequence", band);
  const own = bandOf(bandAt(record, "sequence"));
  const ownRows = wouldClip(record, "sequence", own);
  const name = format.band(band.low, band.high);
  const spread = spreads(record);
  const share = (clipped: number, total: number) => format.percent(clipped / total, 0);
  const tokenShare = tokens.clipped / tokens.total;
  const options = [
    `Fewer: under half of ${share(tokens.clipped, tokens.total)}`,
    `About as many: near ${share(tokens.clipped, tokens.total)}`,
    `More: over twice ${share(tokens.clipped, tokens.total)}`,
  ];
  const rowShare = rows.clipped / rows.total;
  return {
    say: `In this batch (${placeOf(record)}) GRPO’s ε of ${name} drops ${tokens.clipped} of ${tokens.total} tokens, ${share(tokens.clipped, tokens.total)}.`,
    question: {
      kind: "choose",
      ask: `Which share of the rows would GSPO drop with the same ε of ${name}?`,
      options,
      right: rowShare < tokenShare / 2 ? 0 : rowShare > 2 * tokenShare ? 2 : 1,
    },
    asked: whole(record, "figures"),
    revealed: whole(record, "distributions"),
    why: `${rows.clipped} of ${rows.total} rows, ${share(rows.clipped, rows.total)}: a row’s ratio is the mean of its tokens’ in the logarithm, so rows spread by ${format.deviation(spread.rows)} where tokens spread by ${format.deviation(spread.tokens)}, and a band made for tokens lets nearly every row through; the ε of this run’s sequence level, ${format.band(own.low, own.high)}, drops ${ownRows.clipped}.`,
  };
}

function sameShare(record: StepRecord): Scene {
  const band = bandOf(bandAt(record, "token"));
  const { clipped, total } = wouldClip(record, "token", band);
  const same = bandClipping(record, "sequence", clipped / total)?.low ?? band.low;
  const spread = spreads(record);
  const counts = TRIED.map((each) => wouldClip(record, "sequence", { low: each, high: each }));
  return {
    say: `Now the other way round: GSPO is to drop the same share of rows as GRPO drops tokens, ${format.percent(clipped / total, 0)}.`,
    question: {
      kind: "choose",
      ask: "Which ε comes nearest to that, at sequence level?",
      options: TRIED.map(format.setting),
      right: nearestOf(record).index,
    },
    asked: whole(record, "figures"),
    revealed: whole(record, "distributions"),
    why: `ε ${format.setting(same)} drops that share here, where rows spread ${format.fixed(spread.tokens / spread.rows, 1)} times less than tokens; the mean of n moves is narrower than one of them, √n times where they are independent (here tokens of a row move together: see Experiments), and large models take smaller steps: the paper’s GSPO has 3e−4 where GRPO has 0.2.`,
    table: {
      head: ["ε", "rows dropped"],
      rows: TRIED.map((each, i) => [
        format.setting(each),
        `${counts[i]!.clipped} of ${counts[i]!.total}`,
      ]),
    },
  };
}
