import { useEffect, useState } from "react";

/** `value` once it has stood still for `ms`; null at once. */
export function useDelayed<T>(value: T | null, ms: number): T | null {
  const [settled, setSettled] = useState<T | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === null ? 0 : ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return value === null ? null : settled;
}
