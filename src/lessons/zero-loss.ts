import * as format from "../analysis/format.ts";
import type { StepRecord } from "../record/record.ts";
import { groupsWhere, placeOf, viewOf } from "./find.ts";
import type { Lesson, Material, Scene, View } from "./lesson.ts";
import { interval, mean } from "../analysis/statistics.ts";
import { clipsMore } from "../experiments/clips-more.ts";
import { rolloutRewards } from "./rewards.ts";

/** The loss that is logged says nothing about progress. */
export const zeroLoss: Lesson = {
  id: "zero-loss",
  title: "The loss is 0 and it learns",
  batch: "recorded",
  scenes: (material) => {
    const record = chosen(material);
    return record === null ? [] : [learns(record, material)];
  },
  tryThis: (material) => {
    const record = chosen(material);
    return {
      say: "Press Play and watch your own run: the reward chart climbs over some hundred steps, while the loss, in the line over the charts, goes to and fro around 0.",
      label: "Show the charts",
      view:
        record === null
          ? { batch: { kind: "example", band: null }, stage: 3, row: null, lights: "charts" }
          : whole(record, "charts"),
    };
  },
};

const whole = (record: StepRecord, lights: View["lights"]): View =>
  viewOf({ record, group: "telling" }, { stage: 3, row: null, lights });

const lossOf = ({ metrics }: StepRecord): number => metrics.loss ?? Number.NaN;
const gradientOf = ({ metrics }: StepRecord): number => metrics.grad_norm ?? Number.NaN;

/** The first inner step whose loss is nearest to 0. */
function chosen(material: Material): StepRecord | null {
  const records = groupsWhere(
    material,
    (record) => record.innerStep === 0 && Number.isFinite(lossOf(record) + gradientOf(record)),
  ).map(({ record }) => record);
  return records.length === 0
    ? null
    : records.reduce((best, each) =>
        Math.abs(lossOf(each)) < Math.abs(lossOf(best)) ? each : best,
      );
}

/** Below it a gradient's norm counts as near 0. */
const SMALL = 1e-3;

/** Rollouts at either end of a long run that are averaged. */
const ENDS = 6;

/** How an arm's reward rises over the long runs, from first to last rollouts, seed by seed. */
function rise({ clipsMore: { steps, outcomes } }: Material, arm: string) {
  const ends = outcomes.flatMap(({ series }) => {
    const rewards = (series[`reward/${arm}`] ?? []).map(([, reward]) => reward);
    if (rewards.length < 2 * ENDS) return [];
    return [{ first: mean(rewards.slice(0, ENDS)), last: mean(rewards.slice(-ENDS)) }];
  });
  const by = interval(ends.map(({ first, last }) => last - first));
  if (by === null) return null;
  const [first, last] = [mean(ends.map((each) => each.first)), mean(ends.map((each) => each.last))];
  return { first, last, by, runs: `${format.plural(ends.length, "run")} of ${steps} steps` };
}

function learns(record: StepRecord, material: Material): Scene {
  const [loss, gradient] = [lossOf(record), gradientOf(record)];
  const rewards = rolloutRewards(material, record.arm);
  const advantages = mean([...record.advantage]);
  const moves = gradient > SMALL;
  const long = rise(material, record.arm);
  const [reward] = clipsMore.panels(material.clipsMore.outcomes);
  const few = ` The ${format.plural(rewards.length, "rollout")} on screen cannot tell: their prompts differ, and the reward goes to and fro between ${format.fixed(Math.min(...rewards), 3)} and ${format.fixed(Math.max(...rewards), 3)}.`;
  const clear =
    long === null
      ? ""
      : ` That such steps add up, longer runs tell: over ${long.runs} of this task, each with its own seed, the reward of the ${record.arm} arm goes from ${format.fixed(long.first, 3)} to ${format.fixed(long.last, 3)}.`;
  return {
    say: `The first optimizer step after a rollout (${placeOf(record)}). The loss that TRL logs for it is ${format.loss(loss)}.`,
    question: {
      kind: "choose",
      ask: "Does the policy learn anything from this step?",
      options: [
        `Hardly: a loss near 0 has a gradient near 0, its norm below ${format.setting(SMALL)}`,
        `Yes: the gradient is far from 0, its norm above ${format.setting(SMALL)}`,
        "It cannot be told from the step",
      ],
      right: moves ? 1 : 0,
    },
    asked: whole(record, "figures"),
    revealed: whole(record, "figures"),
    why: `At k = 0 every ratio is 1, so the loss is only minus the mean of the advantages (mean per row here ${format.signed(advantages, 3).trim()}), which have their group’s mean taken off. Each token is still pushed by its own advantage: the gradient’s norm is ${format.fixed(gradient, 3)}.${clear}${few}`,
    table: {
      head: ["measured", "is"],
      rows: [
        ["loss of this step", format.loss(loss)],
        ["its gradient’s norm", format.fixed(gradient, 3)],
        ...(long === null
          ? []
          : [
              [`${long.runs}: reward, first ${ENDS} rollouts`, format.fixed(long.first, 3)],
              [`last ${ENDS} rollouts`, format.fixed(long.last, 3)],
              [
                "difference, 95 %",
                `${format.signed(long.by.mean, 3).trim()} ± ${format.fixed((long.by.high - long.by.low) / 2, 3)}`,
              ],
            ]),
      ],
    },
    ...(long === null || reward?.kind !== "lines"
      ? {}
      : { picture: { panel: reward, of: `${long.runs}, mean and 95 % interval` } }),
  };
}
