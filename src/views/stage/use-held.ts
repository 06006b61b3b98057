import { useEffect, useRef, useState } from "react";

/** A value that changes at most every `ms`, so that words can be read; with 0 it follows at once. */
export function useHeld<T>(value: T, ms: number): T {
  const [held, setHeld] = useState(value);
  const changed = useRef(0);
  useEffect(() => {
    if (ms === 0) return;
    const wait = Math.max(0, changed.current + ms - performance.now());
    const timer = setTimeout(() => {
      changed.current = performance.now();
      setHeld(() => value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return ms === 0 ? value : held;
}
