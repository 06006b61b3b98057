import type { Arm } from "../training/arm.ts";

/** Takes an arm elsewhere for an answer; it then goes on as if nothing had been asked. */
export async function thenRestored<T>(arm: Arm, ask: () => Promise<T>): Promise<T> {
  const now = await arm.checkpoint();
  try {
    return await ask();
  } finally {
    arm.restore(now);
  }
}
