import { useRef } from "react";

/** The most rows shown so far: what lies below stands still while batches hold more or fewer. */
export function useMostRows(rows: number, key: string): number {
  const seen = useRef({ key, most: rows });
  if (seen.current.key !== key) seen.current = { key, most: rows };
  seen.current.most = Math.max(seen.current.most, rows);
  return seen.current.most;
}
