import { create } from "zustand";

/** What training costs the page's main thread. */
export interface PageCost {
  /** Milliseconds to take one worker event in and draw it, averaged over the last few. */
  eventMs: number;
  /** Main-thread tasks of more than 50 ms while training, after its first second. */
  longTasks: number;
  /** The longest of them, ms. */
  longestMs: number;
}

export const usePageCost = create<PageCost>(() => ({ eventMs: 0, longTasks: 0, longestMs: 0 }));

/** Share of the newest event in the average. */
const WEIGHT = 0.2;

/** Calls `take` and adds its cost, the drawing that follows at once included. */
export function timed(take: () => void): void {
  const began = performance.now();
  take();
  // React draws what a store change asks for in a microtask queued before this one.
  queueMicrotask(() => {
    const spent = performance.now() - began;
    usePageCost.setState(({ eventMs }) => ({
      eventMs: eventMs === 0 ? spent : eventMs + WEIGHT * (spent - eventMs),
    }));
  });
}

/** Counts long tasks from `since()` on, a time of `performance.now()`; null counts none. */
export function watchLongTasks(since: () => number | null): void {
  if (!PerformanceObserver.supportedEntryTypes.includes("longtask")) return;
  new PerformanceObserver((list) => {
    const start = since();
    if (start === null) return;
    const counted = list.getEntries().filter((entry) => entry.startTime >= start);
    if (counted.length === 0) return;
    usePageCost.setState(({ longTasks, longestMs }) => ({
      longTasks: longTasks + counted.length,
      longestMs: counted.reduce((most, { duration }) => Math.max(most, duration), longestMs),
    }));
  }).observe({ entryTypes: ["longtask"] });
}
