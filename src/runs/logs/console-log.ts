import { createMetricsLog, saysStep, type MetricsLog } from "./metrics-log.ts";

/** A dict on one line, as Python prints it: names in quotes, numbers bare or in quotes. */
const DICT = /\{\s*(['"])[\w/ .()-]{1,200}\1\s*:[^{}\n]{1,20000}\}/g;
const ENTRY =
  /(['"])([\w/ .()-]{1,200})\1\s*:\s*(?:'([^'\n]{0,100})'|"([^"\n]{0,100})"|([^,}\n]{1,100}))/g;
/** tqdm's bar without a name of its own, as the trainer's is: steps done and steps to do. */
const BAR = /(?:^|[}\]])\s*\d{1,3}%\|[^|\n]{0,200}\|\s*(\d{1,9})\/(\d{1,9}) \[/g;

/** What transformers prints of a step has one of these; its summary at the end has none. */
const LOGGED = ["loss", "eval_loss", "reward", "eval_reward", "grad_norm", "learning_rate"];

interface Printed {
  row: Record<string, string>;
  /** Steps done by the bar before it. */
  bar: number | null;
  evaluates: boolean;
}

/**
 * What `transformers` prints of a run, with or without progress bars; null where the text has no
 * line of it. Steps come from the bars; without them, or where they lag behind, the lines are
 * counted, which is said.
 */
export function readConsole(text: string): MetricsLog | null {
  const printed = printedIn(text);
  if (printed.length === 0) return null;
  const log = createMetricsLog("console text of transformers");
  const trained = printed.filter(({ evaluates }) => !evaluates);
  const byBar = trained.every(({ bar }, i) => bar !== null && bar > (trained[i - 1]?.bar ?? 0));
  let step = 0;
  for (const { row, bar, evaluates } of printed) {
    // An evaluation belongs to the step before it.
    if (!evaluates) step = byBar && bar !== null ? bar : step + 1;
    log.add({ step: Math.max(step, 1), ...row });
  }
  // Lines that say their own step need neither bars nor counting.
  if (trained.every(({ row }) => saysStep(row))) return log.finish();
  log.note(
    byBar
      ? "Steps are the progress bar's."
      : "Console text has no step numbers: its lines are counted, also where logging_steps is not 1.",
  );
  return log.finish();
}

function printedIn(text: string): Printed[] {
  const printed: Printed[] = [];
  let bar: number | null = null;
  // The trainer's bar comes first; an evaluation's goes to another number of steps.
  let total: string | null = null;
  const see = (part: string): void => {
    for (const [, done, of] of part.matchAll(BAR)) {
      total ??= of!;
      if (of === total && Number(done) > 0) bar = Number(done);
    }
  };
  for (const line of text.split(/[\n\r]/)) {
    let from = 0;
    for (const { 0: dict, index } of line.matchAll(DICT)) {
      const row = entriesOf(dict);
      see(line.slice(from, index));
      from = index + dict.length;
      if (!LOGGED.some((name) => name in row)) continue;
      const evaluates = Object.keys(row).every(
        (name) => name.startsWith("eval_") || name === "epoch",
      );
      printed.push({ row, bar, evaluates });
    }
    see(line.slice(from));
  }
  return printed;
}

function entriesOf(dict: string): Record<string, string> {
  return Object.fromEntries(
    [...dict.matchAll(ENTRY)].map(([, , name, single, double, bare]) => [
      name!,
      (single ?? double ?? bare ?? "").trim(),
    ]),
  );
}
