import { useEffect, useRef, useState } from "react";
import type { StepRecord } from "../../record/record.ts";

/** Up to so many tokens a batch is drawn at once, and up to so many characters a text. */
const MOST_TOKENS = 8192;
const MOST_CHARACTERS = 512;
/** Long texts that are laid out in one frame. */
const TEXTS = 8;

/**
 * The record for what tells of the same batch as the figure: a small one at once, a large one
 * `turn` frames after the figure, so that it is drawn in a task of its own. Until then the one
 * before, or null where there was no large one before.
 */
export function useRecordInTurn(record: StepRecord | null, turn: number): StepRecord | null {
  return useInTurn(record, record !== null && record.rows * record.columns > MOST_TOKENS, turn);
}

/** The `index`-th of many texts; long ones come some in each frame: their glyphs take the time. */
export function LongText({ text, index }: { text: string; index: number }) {
  return useInTurn(text, text.length > MOST_CHARACTERS, 1 + Math.floor(index / TEXTS));
}

function useInTurn<T>(value: T, large: boolean, turn: number): T | null {
  const [late, setLate] = useState<{ value: T } | null>(null);
  const newest = useRef(value);
  const waiting = useRef(false);
  useEffect(() => {
    newest.current = value;
    if (!large) setLate(null);
    // The turn is not put off by a value that comes meanwhile, it takes that one.
    if (!large || waiting.current) return;
    waiting.current = true;
    inFrames(turn, () => {
      waiting.current = false;
      setLate({ value: newest.current });
    });
  }, [value, large, turn]);
  return large ? (late?.value ?? null) : value;
}

function inFrames(count: number, call: () => void): void {
  requestAnimationFrame(() => (count > 1 ? inFrames(count - 1, call) : call()));
}
