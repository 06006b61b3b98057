import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import type { Entry, WordId } from "../../glossary/glossary.ts";
import { placeTip } from "./place-tip.ts";
import "./word.css";

interface WordProps {
  id: WordId;
  children: ReactNode;
}

/** A word with its explanation: under the pointer, at the keyboard’s focus, or when pressed. */
export function Word({ id, children }: WordProps) {
  const [open, setOpen] = useState(false);
  const entry = useEntry(id, open);
  const word = useRef<HTMLButtonElement>(null);
  const tip = useRef<HTMLSpanElement>(null);
  const tipId = useId();
  const shown = open && entry !== null;
  useEffect(() => {
    if (!shown || !tip.current || !word.current) return;
    tip.current.showPopover();
    placeTip(tip.current, word.current.getBoundingClientRect());
  }, [shown]);
  const press = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !open) return;
    // What lies around it has Escape for something else.
    event.stopPropagation();
    event.preventDefault();
    setOpen(false);
  };
  return (
    <span
      className="word"
      onPointerEnter={({ pointerType }) => {
        if (pointerType === "mouse") setOpen(true);
      }}
      onPointerLeave={({ pointerType }) => {
        if (pointerType === "mouse") setOpen(false);
      }}
    >
      <button
        ref={word}
        type="button"
        aria-describedby={shown ? tipId : undefined}
        onClick={() => setOpen(true)}
        onFocus={({ target }) => {
          if (target.matches(":focus-visible")) setOpen(true);
        }}
        onBlur={() => setOpen(false)}
        onKeyDown={press}
        onPointerDown={(event) => event.stopPropagation()}
      >
        {children}
      </button>
      {shown && (
        <span ref={tip} id={tipId} role="tooltip" popover="manual" className="word-tip">
          <b>{entry.word}</b> {entry.says}
          {entry.source === undefined ? null : <small>{entry.source}</small>}
        </span>
      )}
    </span>
  );
}

/** Fetched when the first word is asked for: most readers ask for none before the first figure. */
function useEntry(id: WordId, wanted: boolean): Entry | null {
  const [entry, setEntry] = useState<Entry | null>(null);
  useEffect(() => {
    if (!wanted || entry !== null) return;
    let gone = false;
    void import("../../glossary/glossary.ts").then(({ GLOSSARY }) => {
      if (!gone) setEntry(GLOSSARY[id]);
    });
    return () => {
      gone = true;
    };
  }, [id, wanted, entry]);
  return entry;
}
