import { runFrom } from "../config/run-from.ts";
import type { ArmConfig } from "../config/types.ts";
import type { StepRecord } from "../record/record.ts";
import { bandOf, ofDifference, ofNumber, UNMEASURED } from "./across-seeds.ts";
import { exponentOf, rowsOf } from "./by-length.ts";
import type { Experiment } from "./experiment.ts";
import { contains } from "../analysis/statistics.ts";
import { Tally } from "./tally.ts";
import { difference, plusMinus, seedsText } from "./words.ts";

/** Steps at the end whose rewards and lengths count as what was learnt. */
const LAST = 16;
const ARMS: readonly ArmConfig[] = (["grpo", "dr_grpo"] as const).map((loss_type) => ({
  name: loss_type,
  overrides: { importance_sampling_level: "sequence", epsilon: 0.03, loss_type },
}));

export const lengthBias: Experiment = {
  id: "length-bias",
  title: "dr_grpo with sequences",
  claim:
    'With sequence ratios, loss_type="dr_grpo" weighs a completion by its length, and "grpo" weighs all alike.',
  method:
    "The count preset in two sequence arms that differ in loss_type. The weight of a row is what the loss puts on its tokens' gradients altogether, over |A · s|; of rows that are not clipped, times the rows of the batch: 1 is an equal share.",
  steps: { usual: 80, least: 8 },
  conditions: (seed) => [
    {
      id: "count",
      title: "Count, grpo and dr_grpo",
      run: { ...runFrom("count", { seed }), arms: ARMS },
    },
  ],
  measure(steps) {
    const tally = new Tally();
    return {
      take(_, records) {
        for (const record of records) {
          const { arm, step, metrics } = record;
          for (const [length, weight] of weightsOf(record))
            tally.at(`weight/${arm}`, length, weight);
          if (step <= steps - LAST) continue;
          tally.add(`reward/${arm}`, metrics.reward ?? Number.NaN);
          tally.add(`length/${arm}`, metrics["completions/mean_length"] ?? Number.NaN);
        }
      },
      result() {
        const { series } = tally.result();
        for (const { name } of ARMS) {
          tally.set(`exponent/${name}`, exponentOf(series[`weight/${name}`] ?? []));
        }
        return tally.result();
      },
    };
  },
  panels(outcomes) {
    const points = bandOf(outcomes, "weight/dr_grpo");
    return [
      {
        kind: "points",
        title: "Weight of a row",
        x: { label: "|o|, tokens", log: true },
        y: { label: "× rows", log: true },
        lines: [
          { label: "dr_grpo", tone: "first", points },
          { label: "grpo", tone: "sequence", points: bandOf(outcomes, "weight/grpo") },
        ],
      },
    ];
  },
  verdict(outcomes) {
    const [biased, even] = [
      ofNumber(outcomes, "exponent/dr_grpo"),
      ofNumber(outcomes, "exponent/grpo"),
    ];
    const length = ofDifference(outcomes, "length/dr_grpo", "length/grpo");
    const reward = ofDifference(outcomes, "reward/dr_grpo", "reward/grpo");
    if (!biased || !even || !length || !reward) return UNMEASURED;
    const flat = contains(even, 0) || Math.abs(even.mean) < 0.01;
    return {
      outcome:
        biased.low > 0 && flat ? "holds" : biased.low > 0 || biased.high < 0 ? "fails" : "open",
      sentences: [
        `${seedsText(biased.n)}: a row's weight goes as its length to the power of ${plusMinus(biased, true)} with dr_grpo, and of ${plusMinus(even, true)} with grpo.`,
        difference("Completions at the end, dr_grpo less grpo, tokens:", length, {
          more: "they got longer with dr_grpo",
          less: "they got shorter with dr_grpo",
        }),
        difference("Reward at the end, dr_grpo less grpo:", reward, {
          more: "dr_grpo learnt more",
          less: "dr_grpo learnt less",
        }),
      ],
      intervals: { biased, even, length, reward },
    };
  },
};

/** Of a step's rows that push: the length, and the weight in equal shares of the batch. */
function weightsOf(record: StepRecord): (readonly [length: number, weight: number])[] {
  const { rows, columns, advantage, sequenceRatio, sequenceClipped, gradient, mask } = record;
  return rowsOf(record).flatMap(({ row, length }) => {
    const pull = Math.abs(advantage[row]! * sequenceRatio[row]!);
    if (pull === 0 || sequenceClipped[row] === 1) return [];
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) {
      if (mask[i] === 1) sum += Math.abs(gradient[i]!);
    }
    return [[length, (sum / pull) * rows] as const];
  });
}
