import { useEffect, useRef, useState } from "react";
import type { StepRecord } from "../../engine/record.ts";

/** Up to this many tokens a batch is drawn at once. */
const MOST_AT_ONCE = 8192;

/**
 * The record for what tells of the same batch as the figure: a small one at once, a large one
 * `turn` frames after the figure, so that its text is laid out in a task of its own. Until then
 * the one before, or null where there was no large one before.
 */
export function useInTurn(record: StepRecord | null, turn: number): StepRecord | null {
  const large = record !== null && record.rows * record.columns > MOST_AT_ONCE;
  const [late, setLate] = useState<StepRecord | null>(null);
  const newest = useRef(record);
  const waiting = useRef(false);
  useEffect(() => {
    newest.current = record;
    if (!large) setLate(null);
    // The turn is not put off by a record that comes meanwhile, it takes that one.
    if (!large || waiting.current) return;
    waiting.current = true;
    inFrames(turn, () => {
      waiting.current = false;
      setLate(newest.current);
    });
  }, [record, large, turn]);
  return large ? late : record;
}

function inFrames(count: number, call: () => void): void {
  requestAnimationFrame(() => (count > 1 ? inFrames(count - 1, call) : call()));
}
