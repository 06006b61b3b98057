import type { StoredRun } from "../../runs/stored-run.ts";
import { readOverlays, useOverlays } from "./overlays.ts";
import { refreshRuns, useRuns } from "./runs.ts";
import { listen, useRun } from "../run/run-store.ts";
import { useView } from "../view/view.ts";

/** While training runs, the list is read again this often, where it is in sight. */
const EVERY_MS = 3000;
/** The worker writes shortly after it tells the page. */
const AFTER_MS = 400;

const CHANGES: ReadonlySet<string> = new Set([
  "loaded",
  "resumed",
  "playing",
  "idle",
  "failed",
  "forked",
  "changed",
]);

/** Keeps the list of runs, and what the charts draw of them, up with what the worker stores. */
export function followRuns(): void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let due = Infinity;
  const update = async (): Promise<void> => {
    timer = null;
    due = Infinity;
    await refreshRuns();
    await readOverlays();
  };
  const soon = (ms: number): void => {
    const at = performance.now() + ms;
    if (at >= due) return;
    if (timer !== null) clearTimeout(timer);
    due = at;
    timer = setTimeout(() => void update(), ms);
  };
  listen(({ type }) => {
    // A run in training is written every generation: the list needs it only once, to know of it.
    const unknown = type === "storage" && !useRuns.getState().runs.some(isOnPage);
    if (CHANGES.has(type) || unknown) soon(AFTER_MS);
    else if (type === "stepped" && inSight()) soon(EVERY_MS);
    else if (type === "storage" && useRun.getState().status !== "playing") soon(AFTER_MS);
  });
  useView.subscribe(({ tab }, before) => {
    if (tab === "runs" && before.tab !== "runs") soon(0);
  });
  useRuns.subscribe(({ status }, before) => {
    if (status === "open" && before.status !== "open") void readOverlays();
  });
}

const isOnPage = ({ id }: StoredRun): boolean => id === useRun.getState().storage?.id;

const inSight = (): boolean =>
  useRun.getState().status === "playing" &&
  (useView.getState().tab === "runs" || useOverlays.getState().on.length > 0);
