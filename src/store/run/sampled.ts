import { type RefObject, useEffect, useRef, useState } from "react";
import type { RunState } from "./run.ts";
import { useRun } from "./run-store.ts";

/** Out of sight a view is drawn this many times as rarely while training runs. */
const UNSEEN = 8;

/**
 * Calls `take` after the run has changed: every `ms` at most, `offset` after a multiple of it. While
 * it is out of sight and training runs that is UNSEEN · `ms`; what is due comes at once when it is
 * seen again, and within `ms` when training stands still.
 */
export function whenRunChanged(take: () => void, ms: number, offset: number) {
  let seen = true;
  let timer: ReturnType<typeof setTimeout> | null = null;
  /** How long the timer waits at most. */
  let waits = 0;
  const rest = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const now = (): void => {
    rest();
    take();
  };
  const stop = useRun.subscribe(({ status }) => {
    const every = seen || status !== "playing" ? ms : UNSEEN * ms;
    if (timer !== null && waits <= every) return;
    rest();
    waits = every;
    timer = setTimeout(now, every - ((performance.now() + every - offset) % every));
  });
  return {
    see: (isSeen: boolean): void => {
      seen = isSeen;
      if (seen && timer !== null) now();
    },
    stop: (): void => {
      stop();
      rest();
    },
  };
}

/**
 * A value of the run, taken at most every `ms`. Views that are costly to draw use it, each with
 * its own `offset`, so that no two of them are drawn in one task. One that gives its element is
 * drawn more rarely where nobody can see it.
 */
export function useSampledRun<T>(
  read: (run: RunState) => T,
  ms: number,
  offset: number,
  view?: RefObject<Element | null>,
): T {
  const [value, setValue] = useState(() => read(useRun.getState()));
  const reader = useRef(read);
  reader.current = read;
  useEffect(() => {
    const take = (): void => setValue(() => reader.current(useRun.getState()));
    const { see, stop } = whenRunChanged(take, ms, offset);
    const observer = new IntersectionObserver((changes) => see(changes.at(-1)!.isIntersecting));
    if (view?.current) observer.observe(view.current);
    take();
    return () => {
      stop();
      observer.disconnect();
    };
  }, [ms, offset, view]);
  return value;
}
