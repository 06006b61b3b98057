import { useEffect, useRef, useState } from "react";
import type { RunState } from "./run.ts";
import { useRun } from "./run-store.ts";

/**
 * A value of the run, taken at most every `ms`. Views that are costly to draw use it, each with
 * its own `offset`, so that no two of them are drawn in one task.
 */
export function useSampledRun<T>(read: (run: RunState) => T, ms: number, offset: number): T {
  const [value, setValue] = useState(() => read(useRun.getState()));
  const reader = useRef(read);
  reader.current = read;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const take = (): void => {
      timer = null;
      setValue(() => reader.current(useRun.getState()));
    };
    const stop = useRun.subscribe(() => {
      if (timer !== null) return;
      const now = performance.now();
      timer = setTimeout(take, ms - ((now + ms - offset) % ms));
    });
    take();
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [ms, offset]);
  return value;
}
