import { bandClipping, bandOf, type ClipCount, wouldClip } from "../analysis/epsilon.ts";
import * as format from "../analysis/format.ts";
import { mean } from "../analysis/statistics.ts";
import { trlDefaults } from "../config/schema.ts";
import { bandAt, type StepRecord } from "../record/record.ts";
import { groupsWhere, highest, placeOf, tokensOf, viewOf } from "./find.ts";
import { plusMinus } from "../experiments/words.ts";
import { spreadOfS } from "../experiments/spread-of-s.ts";
import type { Interval } from "../analysis/statistics.ts";
import type { Lesson, Material, Scene, View } from "./lesson.ts";
import { PAPER } from "./paper.ts";

/** Ratios of rows stay nearer to 1, so their ε is smaller: how much of that is averaging. */
export const epsilon: Lesson = {
  id: "epsilon",
  title: "Why ε differs by orders of magnitude",
  batch: "recorded",
  scenes: (material) => {
    const record = chosen(material);
    const same = record && sameShareOf(record);
    if (record === null || same === null) return [];
    const long = sameShareOf(asLong(record));
    return [
      sameBand(record),
      sameShare(record, same),
      ...(long === null ? [] : [longRows(record, same, long, measuredLaw(material))]),
    ];
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

/** A smaller share that the token level's own ε drops would say little. */
const ENOUGH = 0.02;

const shareOf = ({ clipped, total }: { clipped: number; total: number }): number => clipped / total;

/** What an ε, the same to both sides, drops of the rows. */
const ofRows = (record: StepRecord, low: number): ClipCount =>
  wouldClip(record, "sequence", { low, high: low });

/** What the token level's own ε drops. */
const ofTokens = (record: StepRecord): number =>
  shareOf(wouldClip(record, "token", bandOf(bandAt(record, "token"))));

/** The ε that drops the same share of rows; null where none does. */
const sameShareOf = (record: StepRecord): number | null =>
  bandClipping(record, "sequence", ofTokens(record))?.low ?? null;

/** Candidates for the sequence level's ε: GRPO's, the one that drops its share, a tenth, the paper's. */
const tried = (record: StepRecord, same: number): number[] => [
  ...new Set([
    bandOf(bandAt(record, "token")).low,
    same,
    Number((same / 10).toPrecision(2)),
    PAPER.low,
  ]),
];

/** Fewer rows, and a single one would decide which ε drops them. */
const ROWS = 4;

/** Of the batches with enough that is dropped, where the rows' share comes nearest to the tokens'. */
function chosen(material: Material): StepRecord | null {
  const records = new Set(
    groupsWhere(material, ({ innerStep }) => innerStep > 0).map(({ record }) => record),
  );
  const enough = [...records].filter((record) => ofTokens(record) >= ENOUGH);
  return (
    highest(enough, (record) => {
      const same = sameShareOf(record);
      if (same === null || same >= bandOf(bandAt(record, "token")).low) return 0;
      const rows = ofRows(record, same);
      const off = Math.abs(shareOf(rows) - ofTokens(record));
      return rows.clipped < ROWS ? 0 : 1 / (0.01 + off);
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
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
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

function sameShare(record: StepRecord, same: number): Scene {
  const share = ofTokens(record);
  const spread = spreads(record);
  const options = tried(record, same);
  const counts = options.map((each) => ofRows(record, each));
  const off = counts.map((count) => Math.abs(shareOf(count) - share));
  return {
    say: `Now the other way round: GSPO is to drop the same share of rows as GRPO drops tokens, ${format.percent(share, 0)}.`,
    question: {
      kind: "choose",
      ask: "Which ε comes nearest to that, at sequence level?",
      options: options.map(format.setting),
      right: off.indexOf(Math.min(...off)),
    },
    asked: whole(record, "figures"),
    revealed: whole(record, "distributions"),
    why: `ε ${format.setting(same)} drops that share here, where rows spread ${format.fixed(spread.tokens / spread.rows, 1)} times less than tokens. That is not yet the paper’s ${format.setting(PAPER.low)}: the next question is about the rest.`,
    table: {
      head: ["ε", "rows dropped"],
      rows: options.map((each, i) => [
        format.setting(each),
        `${counts[i]!.clipped} of ${counts[i]!.total}`,
      ]),
    },
  };
}

/** Tokens of a row, as large models write them; the paper's are longer still. */
const LONG = 1000;

/** The power of T of independent moves: the deviation of a mean of T is 1/√T of one. */
const INDEPENDENT = -0.5;

/**
 * The rows' ratios as they would be with `LONG` tokens a row that move as far as these do, where the
 * deviation of log s goes as T to a power.
 */
const asLong = (record: StepRecord, power = INDEPENDENT): StepRecord => ({
  ...record,
  sequenceRatio: record.sequenceRatio.map((s, row) =>
    Math.exp(Math.log(s) * (LONG / tokensOf(record, row).length) ** power),
  ),
});

/** The power of T that the spread of s was measured to go with. */
interface Law {
  exponent: Interval;
  /** The lengths that it was measured at, in tokens. */
  from: number;
  to: number;
}

/** Null where too little was measured, or longer rows were not seen to be narrower. */
function measuredLaw({ spreadOfS: { outcomes } }: Material): Law | null {
  const { exponent } = spreadOfS.verdict(outcomes).intervals;
  const lengths = outcomes.flatMap(({ series }) => (series.spread ?? []).map(([length]) => length));
  if (exponent === undefined || exponent.high >= 0) return null;
  return { exponent, from: Math.min(...lengths), to: Math.max(...lengths) };
}

/** The ε of the same share with rows so long by the measured law; null where nothing was measured. */
const byLaw = (record: StepRecord, law: Law | null): number | null =>
  law === null ? null : sameShareOf(asLong(record, law.exponent.mean));

/** What was measured, and the ε that it makes: the same share, of the same rows, as by 1/√T. */
const ofLaw = ({ exponent, from, to }: Law, epsilon: number): string =>
  `Tokens of a row move together, though: over ${format.plural(exponent.n, "seed")} the spread of s fell only as T to the power of ${plusMinus(exponent, true)}, which would make it ${format.setting(epsilon)}, extrapolated from rows of ${from} to ${to} tokens. `;

function longRows(record: StepRecord, same: number, long: number, law: Law | null): Scene {
  const own = bandOf(bandAt(record, "token")).low;
  const { learning_rate: rate } = record.config;
  const length = mean(countedRows(record).map((row) => tokensOf(record, row).length));
  const answers = [...new Set([same, long, PAPER.low])];
  const times = (epsilon: number): string =>
    format.fixed(own / epsilon, own / epsilon < 10 ? 1 : 0);
  const words = format.fixed(length, 1);
  const measured = byLaw(record, law);
  return {
    say: `Rows here have ${words} tokens on average. log s is the mean of a row’s log-ratios, and the mean of T independent moves spreads √T times less than one of them. Suppose each row had 1,000 tokens that moved as far as these do, and independently.`,
    question: {
      kind: "choose",
      ask: "Which ε would drop the same share of the rows?",
      options: answers.map(format.setting),
      right: answers.indexOf(long),
    },
    asked: whole(record, "figures"),
    revealed: whole(record, "distributions"),
    why: `ε ${format.setting(long)}: each log s shrinks by √(T / 1,000). ${law === null || measured === null ? "" : ofLaw(law, measured)}The paper’s is smaller still: large models take smaller steps (learning rate ${format.setting(trlDefaults.learning_rate)} by TRL’s default, ${format.setting(rate)} here), and in the paper it drops about a hundred times as many tokens as GRPO’s.`,
    table: {
      head: ["ε", "", "below GRPO’s"],
      rows: [
        ["GRPO, this run", format.setting(own), ""],
        [`GSPO, same share, T = ${words}`, format.setting(same), `${times(same)} ×`],
        ["the same, T = 1,000, 1/√T", format.setting(long), `${times(long)} ×`],
        ...(law === null || measured === null
          ? []
          : [
              [
                `the same, T = 1,000, T to the ${format.fixed(law.exponent.mean, 2)}, extrapolated`,
                format.setting(measured),
                `${times(measured)} ×`,
              ],
            ]),
        ["GSPO paper", format.band(PAPER.low, PAPER.high), `${times(PAPER.low)} ×`],
      ],
    },
  };
}
