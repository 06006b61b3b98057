import { clippedShare } from "../analysis/clipped-share.ts";
import { runFrom } from "../config/run-from.ts";
import { clipLevelOf } from "../record/record.ts";
import { bandOf, ofDifference, ofNumber, ofTimes, UNMEASURED } from "./across-seeds.ts";
import type { Experiment } from "./experiment.ts";
import { contains } from "../analysis/statistics.ts";
import { Tally } from "./tally.ts";
import { difference, seedsText, sharePlusMinus, times } from "./words.ts";

/** Steps at the end whose rewards count as what was learnt. */
const LAST = 24;
/** "Far more": twice as often at least, over the whole interval. */
const FAR = 2;

export const clipsMore: Experiment = {
  id: "clips-more",
  title: "Clips far more: does it learn as well?",
  claim:
    "With sequence ratios far more tokens are clipped than with token ratios, and the policy learns as well.",
  method:
    "The sort preset: both arms from the same weights on the same prompts, each with the ε that suits its level (token 0.2, sequence 0.03). Clipped is the share of tokens over all steps, k = 0 included, as in the GSPO paper: a clipped sequence counts with all of its tokens.",
  steps: { usual: 160, least: 8 },
  conditions: (seed) => [{ id: "sort", title: "Sort, both arms", run: runFrom("sort", { seed }) }],
  measure(steps) {
    const tally = new Tally();
    return {
      take(_, records) {
        for (const record of records) {
          const { arm, level, step, innerStep, metrics } = record;
          const clipped = clippedShare(record, clipLevelOf(level)).byToken;
          const reward = metrics.reward ?? Number.NaN;
          tally.add(`clipped/${arm}`, clipped);
          tally.at(`clipped/${arm}`, step - innerStep, clipped);
          tally.at(`reward/${arm}`, step - innerStep, reward);
          if (step > steps - LAST) tally.add(`reward/${arm}`, reward);
        }
      },
      result: () => tally.result(),
    };
  },
  panels: (outcomes) => [
    {
      kind: "lines",
      title: "Reward",
      x: { label: "step" },
      y: { label: "mean" },
      lines: lines(outcomes, "reward"),
    },
    {
      kind: "lines",
      title: "Clipped tokens, all k",
      x: { label: "step" },
      y: { label: "share", share: true },
      lines: lines(outcomes, "clipped"),
    },
  ],
  verdict(outcomes) {
    const reward = ofDifference(outcomes, "reward/sequence", "reward/token");
    const more = ofTimes(outcomes, "clipped/sequence", "clipped/token");
    const [token, sequence] = [
      ofNumber(outcomes, "clipped/token"),
      ofNumber(outcomes, "clipped/sequence"),
    ];
    if (reward === null || token === null || sequence === null) return UNMEASURED;
    const clipped = `Clipped tokens, a dropped row with all of its own, over all steps, k = 0 included: sequence ${sharePlusMinus(sequence)}, token ${sharePlusMinus(token)}`;
    const sentences = [
      difference(
        `${seedsText(reward.n)}: mean reward of the last ${LAST} steps, sequence less token,`,
        reward,
        {
          more: "the sequence arm learnt more",
          less: "the sequence arm learnt less",
        },
      ),
      more === null
        ? `${clipped}; in some run none was clipped, so how many times it is cannot be said.`
        : `${clipped}: ${times(more)} as often.`,
    ];
    const intervals = { reward, token, sequence, ...(more && { more }) };
    const learns = contains(reward, 0) || reward.mean > 0;
    const outcome =
      more === null || (more.low <= FAR && more.high >= FAR)
        ? "open"
        : more.low > FAR && learns
          ? "holds"
          : "fails";
    return { outcome, sentences, intervals };
  },
};

function lines(outcomes: Parameters<Experiment["panels"]>[0], name: string) {
  return (["token", "sequence"] as const).map((arm) => ({
    label: arm,
    tone: arm,
    points: bandOf(outcomes, `${name}/${arm}`),
  }));
}
