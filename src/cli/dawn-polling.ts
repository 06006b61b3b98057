/** Native functions show no source text; of those handed to `setImmediate` all are Dawn's. */
const isDawns = (task: unknown): boolean =>
  Function.prototype.toString.call(task).endsWith("{ [native code] }");

let spaced = false;

/**
 * Dawn, in Node, asks whether the GPU is done by `setImmediate`, over and over: a whole core, which a
 * software GPU needs for itself. From here on its questions come a millisecond apart. For this
 * process, for good.
 */
export function spaceDawnsPolling(): void {
  if (spaced) return;
  spaced = true;
  const { setImmediate: soon, setTimeout: later } = globalThis;
  const patient = (task: (...args: unknown[]) => void, ...args: unknown[]) =>
    isDawns(task) ? later(task, 1, ...args) : soon(task, ...args);
  globalThis.setImmediate = Object.assign(patient, soon) as typeof setImmediate;
}
