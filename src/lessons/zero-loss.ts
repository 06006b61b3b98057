import * as format from "../analysis/format.ts";
import type { StepRecord } from "../record/record.ts";
import { groupsWhere, placeOf, viewOf } from "./find.ts";
import type { Lesson, Material, Scene, View } from "./lesson.ts";
import { mean } from "../analysis/statistics.ts";
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

/** Rollouts at either end of the run that are averaged. */
const ENDS = 3;

function learns(record: StepRecord, material: Material): Scene {
  const [loss, gradient] = [lossOf(record), gradientOf(record)];
  const rewards = rolloutRewards(material, record.arm);
  const [first, last] = [mean(rewards.slice(0, ENDS)), mean(rewards.slice(-ENDS))];
  const advantages = mean([...record.advantage]);
  const moves = gradient > SMALL;
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
    revealed: whole(record, "charts"),
    why: `At k = 0 every ratio is 1, so the loss is only minus the mean of the advantages (mean per row here ${format.signed(advantages, 3).trim()}), which have their group’s mean taken off; each token is still pushed by its own advantage, the gradient’s norm is ${format.fixed(gradient, 3)}, and the reward of this arm went from ${format.fixed(first, 3)} to ${format.fixed(last, 3)}.`,
    table: {
      head: ["of this step", ""],
      rows: [
        ["loss", format.loss(loss)],
        ["gradient’s norm", format.fixed(gradient, 3)],
        [`reward, first ${ENDS} rollouts`, format.fixed(first, 3)],
        [`reward, last ${ENDS} rollouts`, format.fixed(last, 3)],
      ],
    },
  };
}
