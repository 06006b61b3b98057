import { TYPING } from "../controls/typing.ts";
import { useEffect } from "react";
import { begin, halt, useBegin } from "../../store/run/begin.ts";
import { redoEdit, undoEdit } from "../../store/changes/undo.ts";
import { canTrain } from "../../store/run/readiness.ts";
import { useRun } from "../../store/run/run-store.ts";
import { setConfigOpen } from "../../store/view/view.ts";
import { isUndo } from "../controls/is-undo.ts";

/**
 * Space plays and pauses, / goes to the search of the configuration, Ctrl+Z and Ctrl+Shift+Z undo and
 * redo what was configured; not while typing.
 */
export function useShortcuts(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      const typing = target?.closest(TYPING) ?? null;
      if (event.defaultPrevented || typing !== null || event.altKey) return;
      if (isUndo(event)) {
        if (event.shiftKey) redoEdit();
        else undoEdit();
        event.preventDefault();
      }
      if (event.ctrlKey || event.metaKey) return;
      if (event.key === "/") {
        setConfigOpen(true);
        requestAnimationFrame(() => document.getElementById("config-search")?.focus());
        event.preventDefault();
      }
      // Everything that can be pressed has Space for itself.
      if (event.key === " " && target === document.body) {
        const run = useRun.getState();
        if (run.status === "playing" || useBegin.getState().awaited) halt();
        else if (run.status === "loading" || canTrain(run) === null) begin();
        event.preventDefault();
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
