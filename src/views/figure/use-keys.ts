import { useEffect, useRef } from "react";
import { STAGES } from "../../analysis/stage.ts";
import { TYPING } from "../controls/typing.ts";
import type { TwinFigureProps } from "./props.ts";

interface KeyActions extends Pick<TwinFigureProps, "onStage" | "onPin"> {
  /** Null: there are none. */
  onExperts: (() => void) | null;
}

/**
 * Keys 1–5 choose the stage, 0 the experts, and Escape releases the pin, anywhere but in text fields.
 */
export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (target?.matches(TYPING)) return;
      const facts = STAGES.find(({ stage }) => String(stage) === event.key);
      if (facts) latest.current.onStage(facts.stage);
      else if (event.key === "0") latest.current.onExperts?.();
      else if (event.key === "Escape") latest.current.onPin(null);
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}

/** Tells while a letter key is held, anywhere but in text fields. */
export function useHeldKey(key: string, active: boolean, onHeld: (held: boolean) => void): void {
  useEffect(() => {
    if (!active) return;
    const listen = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== key || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && event.target.matches(TYPING)) return;
      if (!event.repeat) onHeld(event.type === "keydown");
    };
    document.addEventListener("keydown", listen);
    document.addEventListener("keyup", listen);
    return () => {
      document.removeEventListener("keydown", listen);
      document.removeEventListener("keyup", listen);
      onHeld(false);
    };
  }, [key, active, onHeld]);
}
