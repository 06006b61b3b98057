import * as format from "../analysis/format.ts";
import type { StepRecord } from "../record/record.ts";
import { groupsWhere, viewOf } from "./find.ts";
import type { Lesson, Material, Scene, View } from "./lesson.ts";
import { contains, interval, mean, MOST_VALUES } from "../analysis/statistics.ts";
import { clipsMore as experiment } from "../experiments/clips-more.ts";
import { rolloutRewards } from "./rewards.ts";

/** What the share that is clipped says of learning. */
export const clipsMore: Lesson = {
  id: "clips-more",
  title: "Clips more, learns as well?",
  batch: "recorded",
  scenes: (material) => {
    const arms = armsOf(material);
    return arms === null ? [] : [compared(arms, material)];
  },
  tryThis: (material) => {
    const arms = armsOf(material);
    return {
      say: "The recorded run is short. The answer for a whole run stands in the line above the charts: press Play, and after 100 steps it says whether the arm that clipped more learned worse in your run. It links to the experiment that asks the same of many seeds.",
      label: "Show where it stands",
      view:
        arms === null
          ? { batch: { kind: "example", band: null }, stage: 4, row: null, lights: "verdict" }
          : whole(arms.sequence, "verdict"),
    };
  },
};

const whole = (record: StepRecord, lights: View["lights"], stage: View["stage"] = 4): View =>
  viewOf({ record, group: "telling" }, { stage, row: null, lights });

/** The last record of an arm at each level. */
interface Arms {
  token: StepRecord;
  sequence: StepRecord;
}

function armsOf(material: Material): Arms | null {
  const last = (wanted: "token" | "sequence"): StepRecord | undefined =>
    groupsWhere(material, ({ level, innerStep }) => level === wanted && innerStep > 0).at(-1)
      ?.record;
  const [token, sequence] = [last("token"), last("sequence")];
  return token === undefined || sequence === undefined ? null : { token, sequence };
}

/** Mean of what an arm's own level clipped, once ratios have left 1. */
const clippedBy = ({ history }: Material, arm: string): number =>
  mean(
    history
      .filter(({ innerStep }) => innerStep > 0)
      .map(({ metrics }) => metrics[arm]?.["clip_ratio/region_mean"] ?? Number.NaN)
      .filter(Number.isFinite),
  );

/** What longer runs with several seeds say of the same; there shares are of all steps, k = 0 too. */
function overSeeds({ clipsMore: { steps, outcomes } }: Material): string {
  const [reward] = experiment.verdict(outcomes).sentences;
  return outcomes.length === 0 || reward === undefined
    ? ""
    : ` The experiment asks it of longer runs, of ${steps} steps each: ${reward}`;
}

function compared({ token, sequence }: Arms, material: Material): Scene {
  const clipped = {
    token: clippedBy(material, token.arm),
    sequence: clippedBy(material, sequence.arm),
  };
  const rewards = {
    token: rolloutRewards(material, token.arm),
    sequence: rolloutRewards(material, sequence.arm),
  };
  // Both arms see the same prompts in the same rollout: their difference is taken there.
  const count = Math.min(MOST_VALUES, Math.max(2, Math.floor(rewards.token.length / 2)));
  const late = {
    token: rewards.token.slice(-count),
    sequence: rewards.sequence.slice(-count),
  };
  const differences = late.sequence.map((reward, i) => reward - late.token[i]!);
  const across = interval(differences);
  const difference = mean(differences);
  const shown = across !== null && !contains(across, 0);
  const spread =
    across === null
      ? ", of one rollout alone"
      : ` ± ${format.fixed((across.high - across.low) / 2, 3)} (95 %, Student’s t over ${count} rollouts)`;
  const names = { token: `the ${token.arm} arm`, sequence: `the ${sequence.arm} arm` };
  return {
    say: `The recorded run, one seed, ${material.history.length} steps: two arms from the same start, on the same prompts. On average over its steps with k > 0 ${names.sequence} clipped ${format.percent(clipped.sequence)} of its rows, ${names.token} ${format.percent(clipped.token)} of its tokens. What is clipped teaches nothing in that step. One reward counts as higher where the 95 % interval of the difference, rollout by rollout, leaves out 0.`,
    question: {
      kind: "choose",
      ask: `Whose mean reward was higher in the last ${count} rollouts of these ${material.history.length} steps?`,
      options: [
        `That of ${names.sequence}`,
        `That of ${names.token}`,
        "Neither, as far as this run can tell",
      ],
      right: !shown ? 2 : difference > 0 ? 0 : 1,
    },
    asked: whole(sequence, "figures", 3),
    revealed: whole(sequence, "charts"),
    why: `Over the last ${count} rollouts ${names.sequence} earned ${format.fixed(mean(late.sequence), 3)} and ${names.token} ${format.fixed(mean(late.token), 3)}: a difference of ${format.signed(difference, 3).trim()}${spread}, so the arm that clips ${clipped.sequence > clipped.token ? "more" : "less"} ${shown ? (difference > 0 ? "was ahead" : "was behind") : "cannot be told from the other"} in this one run.${overSeeds(material)}`,
    table: {
      head: ["arm", "clipped, steps with k > 0", `mean reward, last ${count} rollouts`],
      rows: [
        [
          token.arm,
          `${format.percent(clipped.token)} of tokens`,
          format.fixed(mean(late.token), 3),
        ],
        [
          sequence.arm,
          `${format.percent(clipped.sequence)} of rows`,
          format.fixed(mean(late.sequence), 3),
        ],
      ],
    },
  };
}
