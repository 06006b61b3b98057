import { useMemo, useState } from "react";
import type { StepRecord } from "../../engine/record.ts";
import type { Selection } from "../figure/selection.ts";
import { cellKey, type Edits, NO_EDITS, whatIf } from "./what-if.ts";

export interface WhatIf {
  /** The record with the edits; the record itself while there are none. */
  record: StepRecord;
  /** Keys of edited cells, for their dots. */
  edited: ReadonlySet<string>;
  /** True as soon as any number on the page is not a measured one. */
  changed: boolean;
  onEdit(at: Selection, logRatio: number): void;
  onReward(row: number, reward: number): void;
  reset(): void;
}

/** Edits of one record; they are gone when another record comes. */
export function useWhatIf(record: StepRecord): WhatIf {
  const [held, setHeld] = useState<{ of: StepRecord; edits: Edits }>({
    of: record,
    edits: NO_EDITS,
  });
  const edits = held.of === record ? held.edits : NO_EDITS;
  const shown = useMemo(() => whatIf(record, edits), [record, edits]);
  const edited = useMemo(() => new Set(edits.logRatios.keys()), [edits]);
  return {
    record: shown,
    edited,
    changed: edits.logRatios.size + edits.rewards.size > 0,
    onEdit: (at, logRatio) =>
      setHeld({
        of: record,
        edits: { ...edits, logRatios: new Map(edits.logRatios).set(cellKey(at), logRatio) },
      }),
    onReward: (row, reward) =>
      setHeld({
        of: record,
        edits: { ...edits, rewards: new Map(edits.rewards).set(row, reward) },
      }),
    reset: () => setHeld({ of: record, edits: NO_EDITS }),
  };
}
