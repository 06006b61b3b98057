/**
 * A task of a trace, in microseconds: by the clock and of the processor's time, which does not grow
 * with the machine's load.
 * @typedef {{ name: string, ph: string, pid: number, tid: number, dur?: number, tdur?: number,
 *   args: { name?: string } }} TraceEvent
 */

/**
 * The tasks of the page's own thread in a trace of category "toplevel": of all renderers' main
 * threads, the busiest.
 * @param {Buffer} trace
 * @returns {TraceEvent[]}
 */
export function mainThreadTasks(trace) {
  /** @type {{ traceEvents: TraceEvent[] }} */
  const { traceEvents } = JSON.parse(trace.toString());
  const threads = traceEvents.filter(
    ({ name, args }) => name === "thread_name" && args.name === "CrRendererMain",
  );
  const tasks = threads.map(({ pid, tid }) =>
    traceEvents.filter(
      (event) =>
        event.pid === pid &&
        event.tid === tid &&
        event.ph === "X" &&
        event.name === "ThreadControllerImpl::RunTask",
    ),
  );
  return tasks.toSorted((a, b) => b.length - a.length)[0] ?? [];
}
