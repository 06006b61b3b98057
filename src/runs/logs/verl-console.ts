import { createMetricsLog, type MetricsLog } from "./metrics-log.ts";

/** A step as verl prints it: `step:3 - actor/pg_loss:0.01 - critic/score/mean:0.5`. */
const LINE = /\bstep:(\d{1,9}) - ([^\n\r]{1,50000})/g;
const ENTRY = /^([\w/@.-]{1,200}):(?:np\.\w+\()?([-+\w.]{1,40})\)?$/;

/** What verl prints of a run on its console; null where the text has no line of it. */
export function readVerlConsole(text: string): MetricsLog | null {
  const log = createMetricsLog("console text of verl");
  for (const [, step, rest = ""] of text.matchAll(LINE)) {
    const entries = rest.split(" - ").flatMap((part): [string, string][] => {
      const [, name, value] = ENTRY.exec(part.trim()) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    });
    log.add({ ...Object.fromEntries(entries), step: Number(step) });
  }
  const read = log.finish();
  return read.lines.length === 0 ? null : read;
}
