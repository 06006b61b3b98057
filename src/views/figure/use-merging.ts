import { useEffect, useState } from "react";

/** --duration-3 of the tokens. */
const MERGE_MS = 400;

/**
 * True for as long as the cells of Figure 4 merge into the bars of their rows: from the moment that
 * `merged` becomes true. Instant where the reader wants no motion.
 */
export function useMerging(merged: boolean): boolean {
  const [seen, setSeen] = useState(merged);
  const [merging, setMerging] = useState(false);
  if (seen !== merged) {
    setSeen(merged);
    setMerging(merged && !matchMedia("(prefers-reduced-motion: reduce)").matches);
  }
  useEffect(() => {
    if (!merging) return;
    const timer = setTimeout(() => setMerging(false), MERGE_MS);
    return () => clearTimeout(timer);
  }, [merging]);
  return merging;
}
