import { useRun } from "../run/run-store.ts";

/**
 * Asks the browser, while training runs, to keep the screen on, and once, with `keeps`, to keep what is stored
 * when room gets short. Either may be refused: training does not depend on it.
 */
export function keepGoing({ keeps }: { keeps: boolean }): void {
  let sentinel: Promise<WakeLockSentinel | null> | null = null;
  let asked = !keeps;
  const update = (): void => {
    const playing = useRun.getState().status === "playing";
    if (playing && !asked) {
      asked = true;
      void navigator.storage?.persist?.().catch(() => false);
    }
    if (playing && document.visibilityState === "visible" && "wakeLock" in navigator) {
      sentinel ??= navigator.wakeLock.request("screen").catch(() => null);
    } else if (sentinel !== null) {
      void sentinel.then((held) => held?.release());
      sentinel = null;
    }
  };
  useRun.subscribe(({ status }, before) => {
    if (status !== before.status) update();
  });
  // The browser takes the lock away from a hidden page; training goes on, it is the worker's.
  document.addEventListener("visibilitychange", update);
}
