/**
 * Takes a lock of this origin without waiting for it. The browser frees it when the page ends,
 * however it ends. Gives the function that lets go of it, or null when another page holds it.
 */
export async function takeLock(name: string): Promise<(() => void) | null> {
  // Only on secure pages; without WebGPU nothing trains there either.
  if (!("locks" in navigator)) return () => {};
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, { ifAvailable: true }, async (lock) => {
        if (lock === null) return resolve(null);
        await new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}
