import { useEffect, useRef } from "react";

/** Calls `next` every `ms` while it is on. */
export function useLooped(on: boolean, ms: number, next: () => void): void {
  const latest = useRef(next);
  useEffect(() => {
    latest.current = next;
  });
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => latest.current(), ms);
    return () => clearInterval(timer);
  }, [on, ms]);
}
