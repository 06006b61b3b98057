import { useEffect } from "react";
import { pause, play } from "../../store/actions.ts";
import { canTrain } from "../../store/readiness.ts";
import { useRun } from "../../store/session.ts";
import { setConfigOpen } from "../../store/view.ts";

/** Space plays and pauses, / goes to the search of the configuration; not while typing. */
export function useShortcuts(): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (target?.closest("input, textarea, select, [contenteditable]")) return;
      if (event.key === "/") {
        setConfigOpen(true);
        requestAnimationFrame(() => document.getElementById("config-search")?.focus());
        event.preventDefault();
      }
      // Everything that can be pressed has Space for itself.
      if (event.key === " " && target === document.body) {
        const run = useRun.getState();
        if (run.status === "playing") pause();
        else if (canTrain(run) === null) play();
        event.preventDefault();
      }
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
