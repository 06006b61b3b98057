import { upperEpsilon } from "../config/clip-band.ts";
import { runFrom } from "../config/run-from.ts";
import { bandAt, type StepRecord } from "../record/record.ts";
import { bandOf, ofDifference, ofNumber, UNMEASURED } from "./across-seeds.ts";
import { ByLength, noteByLength, type Row, rowsOf } from "./by-length.ts";
import type { Experiment } from "./experiment.ts";
import { Tally } from "./tally.ts";
import { plusMinus, pointsPlusMinus, sharePlusMinus } from "./words.ts";

export const lengthExponent: Experiment = {
  id: "length-exponent",
  title: "Without the length exponent",
  claim:
    "Without the exponent 1/|o| a sequence ratio spreads further the longer its row, and one ε no longer suits short and long rows.",
  method:
    "The count preset, sequence arm alone, trained with s. Of the same rows also the plain product of their token ratios, which is s without its exponent, and whether the same ε of 0.03 would clip it; steps whose ratios have left 1.",
  steps: { usual: 80, least: 8 },
  conditions: (seed) => [
    {
      id: "count",
      title: "Count, sequence arm",
      run: runFrom("count", { seed, arms: ["sequence"] }),
    },
  ],
  measure() {
    const tally = new Tally();
    const [withIt, without] = [new ByLength(), new ByLength()];
    return {
      take(_, records) {
        for (const record of records.filter(({ innerStep }) => innerStep > 0)) {
          for (const row of rowsOf(record)) {
            const { length, mean } = row;
            withIt.add(length, mean);
            without.add(length, length * mean);
            tally.add("clipped/with", record.sequenceClipped[row.row]!);
            tally.add("clipped/without", clipsProduct(record, row));
          }
        }
      },
      result() {
        noteByLength(tally, "with", withIt.series());
        noteByLength(tally, "without", without.series());
        return tally.result();
      },
    };
  },
  panels: (outcomes) => [
    {
      kind: "points",
      title: "sd of the log ratio",
      x: { label: "|o|, tokens", log: true },
      y: { label: "nats", log: true },
      lines: [
        { label: "product", tone: "first", points: bandOf(outcomes, "without") },
        { label: "s", tone: "sequence", points: bandOf(outcomes, "with") },
      ],
    },
  ],
  verdict(outcomes) {
    const grows = ofNumber(outcomes, "exponent/without");
    const narrows = ofNumber(outcomes, "exponent/with");
    const [withIt, without] = [
      ofNumber(outcomes, "clipped/with"),
      ofNumber(outcomes, "clipped/without"),
    ];
    const more = ofDifference(outcomes, "clipped/without", "clipped/with");
    if (!grows || !narrows || !withIt || !without || !more) return UNMEASURED;
    return {
      outcome: grows.low > 0 ? "holds" : grows.high < 0 ? "fails" : "open",
      sentences: [
        `${grows.n} seeds: without the exponent the sd of log Π r goes as |o| to the power of ${plusMinus(grows, true)}; independent tokens that move alike would give +0.5.`,
        `With it the sd of log s goes as |o| to the power of ${plusMinus(narrows, true)}, which is 1 less; they would give −0.5.`,
        "These are in nats, not over the sd of log r as in “The spread of s against length”: how far tokens of that length moved is in them.",
        `The same ε clips ${sharePlusMinus(without)} of the products and ${sharePlusMinus(withIt)} of the s: ${pointsPlusMinus(more)}.`,
      ],
      intervals: { grows, narrows, without, with: withIt, more },
    };
  },
};

/** Whether the sequence clip would cut the row off if its ratio were the product: 1 or 0. */
function clipsProduct(record: StepRecord, { row, length, mean }: Row): number {
  const band = bandAt(record, "sequence");
  const [product, advantage] = [Math.exp(length * mean), record.advantage[row]!];
  const above = advantage > 0 && product > 1 + upperEpsilon(band);
  const below = advantage < 0 && product < 1 - band.epsilon;
  return above || below ? 1 : 0;
}
