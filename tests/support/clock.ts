import { vi } from "vitest";

/** As if everything took so many milliseconds from one look at the clock to the next. */
export async function atPace<T>(ms: number, work: () => Promise<T>): Promise<T> {
  let now = performance.now();
  const clock = vi.spyOn(performance, "now").mockImplementation(() => (now += ms));
  try {
    return await work();
  } finally {
    clock.mockRestore();
  }
}
