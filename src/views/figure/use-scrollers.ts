import { useCallback, useRef } from "react";

/** What scrolls the cells of both figures, and of the experts' in the second's place: together. */
export function useScrollers() {
  const three = useRef<HTMLDivElement>(null);
  const four = useRef<HTMLDivElement>(null);
  const onScroll = useCallback((left: number) => {
    for (const { current } of [three, four]) {
      if (current && Math.abs(current.scrollLeft - left) > 0.5) current.scrollLeft = left;
    }
  }, []);
  /** The one that is on screen. */
  const scroller = useCallback(() => three.current ?? four.current, []);
  return { scrollers: [three, four] as const, scroller, onScroll };
}
