import type { ReactNode } from "react";
import type { Level } from "../../config/types.ts";
import type { StepRecord } from "../../record/record.ts";
import type { Asked } from "../../store/lesson/asked.ts";
import type { LayerChoice } from "../../analysis/flips.ts";
import type { TriedBand } from "../../analysis/epsilon.ts";
import type { Picture } from "../save/SaveMenu.tsx";
import type { GroupChoice } from "../../analysis/rows.ts";
import type { Selection } from "../../analysis/selection.ts";
import type { Stage } from "../../analysis/stage.ts";
import type { Compare } from "../../store/view/view.ts";

/** How an optimizer step of each level changes log π of each token. [row][token] */
export interface UpdateEffect {
  token: Float32Array;
  sequence: Float32Array;
}

/** What every view of one batch needs: the record, and the texts of its token ids. */
export interface RecordProps {
  record: StepRecord;
  /** Token texts by id. */
  vocabulary: readonly string[];
}

/** The records of the rollout that hold the record's rows: colours and axes are the same for all. */
interface RolloutProps {
  rollout: readonly StepRecord[];
}

export interface TwinFigureProps extends RecordProps, RolloutProps {
  stage: Stage;
  onStage(stage: Stage): void;
  /** A prompt group's number as in `record.group`, or the whole batch. */
  group: GroupChoice;
  onGroup(group: GroupChoice): void;
  /** The cell under the pointer or the keyboard; linked between both figures. */
  hover: Selection | null;
  onHover(selection: Selection | null): void;
  /** The cell that the equation and the row anatomy explain. */
  pinned: Selection | null;
  onPin(selection: Selection | null): void;
  /** Whose batch this is, e.g. "token"; shown beside the headings; null: it trains nothing. */
  armLabel: string | null;
  /** The level that trains the arm now; by default the one that drove this step. */
  trained?: Level;
  /** The layer of the record whose experts stand in Figure 4's place; null: Figure 4 does. */
  experts: LayerChoice | null;
  onExperts(layer: LayerChoice): void;
  compare: Compare;
  onCompare(compare: Compare): void;
  /** For the comparison "effect"; null: not asked for yet. */
  effect: UpdateEffect | null;
  /** With it, dragging a cell up or down, or + and − on it, changes its log-ratio. */
  onEdit?(at: Selection, logRatio: number): void;
  /** With it, dragging a reward in the margin changes it. */
  onReward?(row: number, reward: number): void;
  /** Cells changed by hand, as "row-token"; each wears a dot. */
  edited?: ReadonlySet<string>;
  /** Rows whose reward was changed by hand; each wears a dot. */
  editedRewards?: ReadonlySet<number>;
  /** What a lesson asks of the figures; null: nothing. */
  asked: Asked | null;
  /** What the menu saves as pictures. */
  pictures: readonly Picture[];
  /** Shown at the right of the toolbar. */
  actions?: ReactNode;
  /** Shown between the toolbar and the figures. */
  answer?: ReactNode;
  /** The stage is not the reader's own; `onBack` goes back to that. */
  visiting?: boolean;
  onBack?(): void;
  /** Shown at the left of the legend: the place of the inner steps. */
  children?: ReactNode;
}

export interface RowAnatomyProps extends RecordProps, RolloutProps {
  /** Row index in the record. */
  row: number;
  hover: Selection | null;
  onHover(selection: Selection | null): void;
  pinned: Selection | null;
  onPin(selection: Selection | null): void;
  /** Another band that is tried for one of the levels. */
  tried: TriedBand | null;
  /** With it the limits of both levels can be dragged; null puts them back. */
  onTry?(tried: TriedBand | null): void;
}

export interface RatioDistributionsProps {
  record: StepRecord;
  /** False for a batch that was edited or made up: there is no run around it. */
  measured: boolean;
}

export interface EquationProps extends RecordProps {
  /** False for a batch that was edited or made up: it is no step of the run. */
  measured: boolean;
  /** False where no policy learns from the batch. */
  learns: boolean;
  /** The rows in view, as in the figures. */
  group: GroupChoice;
  /** The cell to explain; null explains nothing and says how to choose one. */
  pinned: Selection | null;
  onPin(selection: Selection | null): void;
}
