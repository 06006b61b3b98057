import type { AnyRunCheckpoint } from "../engine/training/checkpoint.ts";
import { byteSize } from "../base/byte-size.ts";
import type { WholeRun } from "./stored-run.ts";

/**
 * A run that was taken back to the checkpoint's step and goes on from there: what the run before had
 * come to until then. The run before keeps everything, its later steps included.
 */
export function branchOf(whole: WholeRun, checkpoint: AnyRunCheckpoint): WholeRun {
  const { run } = whole;
  const { step } = checkpoint;
  const until = <T extends { step: number }>(all: readonly T[]): T[] =>
    all.filter((each) => each.step <= step);
  const events = until(whole.events);
  const metrics = whole.metrics
    .map((each) => ({ ...each, reports: until(each.reports) }))
    .filter(({ reports }) => reports.length > 0);
  const newest = metrics.at(-1)?.reports ?? [];
  const tokens = newest
    .filter((report) => report.step === step)
    .reduce((sum, report) => sum + (report.metrics.num_tokens ?? 0), 0);
  return {
    run: {
      ...run,
      name: `${run.name}, from step ${step}`,
      parent: { run: run.id, step },
      run: checkpoint.run,
      status: "unfinished",
      step,
      tokens,
      elapsedMs: run.step === 0 ? 0 : (run.elapsedMs * step) / run.step,
      createdAt: run.updatedAt,
    },
    events,
    metrics,
    records: until(whole.records),
    checkpoints: [
      {
        run: run.id,
        step,
        bytes: byteSize(checkpoint),
        events: events.reduce((most, { at }) => Math.max(most, at + 1), 0),
        checkpoint,
      },
    ],
  };
}
