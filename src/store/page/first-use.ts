import { useRun } from "../run/run-store.ts";

let resolve: () => void = () => undefined;

/**
 * Resolves when the reader first touches the page, by pointer, key or focus, or when training
 * begins. What only serves them from then on is not fetched before.
 */
export const firstUse = new Promise<void>((done) => {
  resolve = done;
});

const SIGNS = ["pointerdown", "pointermove", "wheel", "keydown", "focusin"] as const;

/** Begins to look for signs of a reader. */
export function watchFirstUse(): void {
  const seen = (): void => {
    for (const sign of SIGNS) removeEventListener(sign, seen);
    unsubscribe();
    resolve();
  };
  const unsubscribe = useRun.subscribe(({ status }) => {
    if (status === "playing") seen();
  });
  for (const sign of SIGNS) addEventListener(sign, seen, { passive: true });
}
