import type { StepRecord } from "../../record/record.ts";
import type { Selection } from "../../analysis/selection.ts";
import type { Linked } from "../../store/view/view.ts";

/** What a symbol stands for in the figures. */
export const cellLink = ({ row, token }: Selection): Linked => ({ rows: [row], token });
export const rowLink = (row: number): Linked => ({ rows: [row], token: null });

/** Every row of a row's prompt that is in the batch. */
export const groupLink = ({ group }: StepRecord, row: number): Linked => ({
  rows: [...group.keys()].filter((each) => group[each] === group[row]),
  token: null,
});

/** Whether the pointer in a figure is on what the symbol stands for. */
export const pointsAt = (hover: Selection | null, linked: Linked | undefined): boolean =>
  hover !== null &&
  linked !== undefined &&
  linked.rows.includes(hover.row) &&
  (linked.token === null || linked.token === hover.token);
