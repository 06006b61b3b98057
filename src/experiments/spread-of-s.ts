import { runFrom } from "../config/run-from.ts";
import { signed } from "../analysis/format.ts";
import { bandOf, ofNumber, UNMEASURED } from "./across-seeds.ts";
import { ByLength, noteByLength, rowsOf } from "./by-length.ts";
import type { Experiment } from "./experiment.ts";
import { contains } from "../analysis/statistics.ts";
import { Tally } from "./tally.ts";
import { plusMinus } from "./words.ts";

/** The power of T that independent token log-ratios give. */
const INDEPENDENT = -0.5;

export const spreadOfS: Experiment = {
  id: "spread-of-s",
  title: "The spread of s against length",
  claim: "The longer a completion, the narrower its sequence ratio: its spread falls as 1/√T.",
  method:
    "The count preset, sequence arm alone: completions of 2 to 12 tokens. For every length T the standard deviation of log s over its rows, divided by that of log r over the tokens of the same rows, so that it does not matter how far the tokens of that length moved; steps whose ratios have left 1.",
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
    const [rows, tokens] = [new ByLength(), new ByLength()];
    return {
      take(_, records) {
        for (const record of records.filter(({ innerStep }) => innerStep > 0)) {
          for (const { length, logRatios, mean } of rowsOf(record)) {
            rows.add(length, mean);
            for (const each of logRatios) tokens.add(length, each);
          }
        }
      },
      result() {
        const ofTokens = new Map(tokens.series());
        const shares = rows.series().flatMap(([length, deviation]) => {
          const token = ofTokens.get(length);
          return token ? [[length, deviation / token] as const] : [];
        });
        noteByLength(tally, "spread", shares);
        return tally.result();
      },
    };
  },
  panels(outcomes) {
    const points = bandOf(outcomes, "spread");
    return [
      {
        kind: "points",
        title: "sd of log s over sd of log r",
        x: { label: "T, tokens", log: true },
        y: { label: "quotient", log: true },
        lines: [{ label: "measured", tone: "sequence", points }],
        reference: { label: "1/√T", points: points.map(({ x }) => [x, 1 / Math.sqrt(x)] as const) },
      },
    ];
  },
  verdict(outcomes) {
    const exponent = ofNumber(outcomes, "exponent/spread");
    if (exponent === null) return UNMEASURED;
    const so = contains(exponent, INDEPENDENT);
    const narrows = exponent.high < 0;
    const sentence = `${exponent.n} seeds: sd of log s over sd of log r goes as T to the power of ${plusMinus(exponent, true)}; independent tokens would give ${signed(INDEPENDENT, 1).trim()}, which is 1/√T and lies ${so ? "within" : "outside"}.`;
    const because = !narrows
      ? "Longer rows are not seen to be narrower."
      : exponent.low > INDEPENDENT
        ? "Longer rows are narrower, but less than 1/√T says: the log-ratios of one row move together, and only independent ones would average out so."
        : exponent.high < INDEPENDENT
          ? "Longer rows are narrower than 1/√T says: the log-ratios of one row move against each other."
          : "Log-ratios of one row average out as independent ones would.";
    return {
      outcome: so ? "holds" : "fails",
      sentences: [sentence, because],
      intervals: { exponent },
    };
  },
};
