import { create } from "zustand";
import type { WorkerEvent } from "../../worker/protocol.ts";
import { emptyRun, reduce, type PageEvent, type RunState } from "./run.ts";
import { forgetSelection, useView } from "../view/view.ts";

/** The run on the page. It changes through `receive` only. */
export const useRun = create<RunState>(() => emptyRun);

type Listener = (event: WorkerEvent | PageEvent) => void;
const listeners = new Set<Listener>();

/** Takes an event in and tells the listeners when its meaning is in the store. */
export function receive(event: WorkerEvent | PageEvent): void {
  const before = useRun.getState();
  useRun.setState(reduce(before, event), true);
  const restarted = event.type === "idle" && event.reason === "reset";
  const replaced = before.source === "recorded" && event.type === "stepped";
  // A run that is built behind the recording leaves what the reader looks at alone.
  const rebuilt = before.source === "live" && (event.type === "loading" || event.type === "loaded");
  const switched = useRun.getState().viewedRun?.id !== before.viewedRun?.id;
  const other = restarted || replaced || rebuilt || switched || event.type === "rewound";
  if (other) forgetSelection();
  for (const listener of listeners) listener(event);
}

useView.subscribe((now, before) => {
  if (now.step !== before.step) receive({ type: "pinned", step: now.step });
});

/** Calls `listener` after every event; returns how to stop that. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
