import * as format from "../analysis/format.ts";
import { rowWeight } from "../analysis/row-weight.ts";
import { rowName } from "../analysis/selection.ts";
import type { LossType } from "../config/types.ts";
import type { StepRecord } from "../record/record.ts";
import { type Found, groupsWhere, highest, placeOf, tokensOf, viewOf } from "./find.ts";
import type { Lesson, Material, Scene } from "./lesson.ts";

/** What dr_grpo and its like make of a row's one ratio. */
export const whoPays: Lesson = {
  id: "who-pays",
  title: "Who pays for length",
  batch: "recorded",
  scenes: (material) => {
    const found = chosen(material);
    return found === null ? [] : [longAndShort(found), paperLoss(found)];
  },
  tryThis: (material) => {
    const found = chosen(material);
    return {
      say: "Stage 5 shows shares of the whole gradient: a token’s in each cell of Figure 3, a row’s beside Figure 4, all its tokens together. Compare a long row there with a short one: with loss_type grpo each has what its ratio and its advantage give it, however long it is.",
      label: "Show the shares",
      view:
        found === null
          ? { batch: { kind: "example", band: null }, stage: 5, row: null, lights: "figures" }
          : viewOf(found, { stage: 5, row: null, lights: "figures" }),
    };
  },
};

const lengthOf = (record: StepRecord, row: number): number => tokensOf(record, row).length;
const longest = ({ record, rows }: Found): number =>
  rows.reduce((most, row) => (lengthOf(record, row) > lengthOf(record, most) ? row : most));
const shortest = ({ record, rows }: Found): number =>
  rows.reduce((least, row) => (lengthOf(record, row) < lengthOf(record, least) ? row : least));

/** The prompt whose rows differ most in length, all of which push. */
const chosen = (material: Material): Found | null =>
  highest(
    groupsWhere(material, () => true)
      .map((found) => ({ ...found, rows: found.rows.filter((row) => pushes(found.record, row)) }))
      .filter(({ rows }) => rows.length >= 2),
    (found) => lengthOf(found.record, longest(found)) / lengthOf(found.record, shortest(found)) - 1,
  ) ?? null;

const pushes = (record: StepRecord, row: number): boolean => record.sequenceCoefficient[row] !== 0;

/** What a row's coefficient is multiplied by in all, up to a factor that all rows share. */
const weightOf = (record: StepRecord, row: number, loss_type: LossType): number =>
  lengthOf(record, row) * rowWeight({ ...record, config: { ...record.config, loss_type } }, row);

function longAndShort(found: Found): Scene {
  const { record, rows } = found;
  const [long, short] = [longest(found), shortest(found)];
  const [L, l] = [lengthOf(record, long), lengthOf(record, short)];
  const weighs = weightOf(record, long, "dr_grpo") / weightOf(record, short, "dr_grpo");
  const times = [1, L / l, l / L];
  const nearest = times.reduce(
    (best, each, i) => (Math.abs(each - weighs) < Math.abs(times[best]! - weighs) ? i : best),
    0,
  );
  const shares = (loss: LossType): number[] => {
    const pushed = rows.map(
      (row) => Math.abs(record.sequenceCoefficient[row]!) * weightOf(record, row, loss),
    );
    const all = pushed.reduce((sum, each) => sum + each, 0);
    return pushed.map((each) => each / all);
  };
  const [grpo, dr] = [shares("grpo"), shares("dr_grpo")];
  return {
    say: `Rows of one prompt (${placeOf(record)}): row ${rowName(short)} has ${format.plural(l, "token")}, row ${rowName(long)} has ${L}. With the sequence level each row has one ratio. loss_type dr_grpo adds up every token and divides by a constant.`,
    question: {
      kind: "choose",
      ask: `At the same |s · A|, how much does row ${rowName(long)} weigh in the update, compared with row ${rowName(short)}?`,
      options: [
        "The same: each row has one ratio",
        `${format.fixed(L / l, 1)} times as much`,
        `${format.fixed(l / L, 2)} times as much`,
      ],
      right: nearest,
    },
    asked: viewOf(found, { stage: 3, row: null, lights: "figures" }),
    revealed: viewOf(found, { stage: 4, row: long, lights: "figures" }),
    why: `The row’s one value counts once per token, ${L} times against ${l}, so the long row weighs ${format.fixed(weighs, 1)} times as much; in these rows its share goes from ${format.percent(grpo[rows.indexOf(long)]!, 0)} under grpo to ${format.percent(dr[rows.indexOf(long)]!, 0)} under dr_grpo.`,
    table: {
      head: ["row", "tokens", "gradient share, grpo", "gradient share, dr_grpo"],
      rows: rows.map((row, i) => [
        rowName(row),
        String(lengthOf(record, row)),
        format.percent(grpo[i]!, 0),
        format.percent(dr[i]!, 0),
      ]),
    },
  };
}

/** Loss types with the clip, to choose from. */
const LOSSES: readonly LossType[] = ["dr_grpo", "dapo", "bnpo", "grpo"];

function paperLoss(found: Found): Scene {
  const { record } = found;
  const [long, short] = [longest(found), shortest(found)];
  const weighs = (loss: LossType): number =>
    weightOf(record, long, loss) / weightOf(record, short, loss);
  const even = LOSSES.findIndex((loss) => Math.abs(weighs(loss) - 1) < 1e-6);
  return {
    say: "The GSPO paper’s objective gives every sequence the same weight.",
    question: {
      kind: "choose",
      ask: "Which loss_type does that, together with the sequence level?",
      options: LOSSES,
      right: even,
    },
    asked: viewOf(found, { stage: 3, row: null, lights: "figures" }),
    revealed: viewOf(found, { stage: 4, row: null, lights: "figures" }),
    why: `Only ${LOSSES[even]} divides each row by its own length first: here row ${rowName(long)} weighs ${LOSSES.map((loss) => `${format.fixed(weighs(loss), 1)} times row ${rowName(short)} under ${loss}`).join(", ")}.`,
  };
}
