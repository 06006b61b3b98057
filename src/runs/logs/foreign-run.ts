import { groupBy } from "../../base/group-by.ts";
import { runFrom } from "../../config/run-from.ts";
import { trlDefaults } from "../../config/schema.ts";
import { ARM_NAME, type RunConfig } from "../../config/types.ts";
import { emptyHistograms, emptyQuantities } from "../../record/quantities.ts";
import { reportOf, type StepRecord, type StepReport } from "../../record/record.ts";
import type { CompletionsLog, TextRow } from "./completions-log.ts";
import type { ForeignLog } from "./foreign-log.ts";
import type { MetricsLine, MetricsLog } from "./metrics-log.ts";
import { LOG_ARM, type LogRecording } from "./log-run.ts";

/** Metrics or completions of a real trainer as a run that is looked at. */
export const foreignRecording = ({ what, log }: ForeignLog): LogRecording =>
  what === "metrics" ? metricsRecording(log) : completionsRecording(log);

/** What a file was read as, and how much of it there is: "a history of wandb: metrics of 4 steps". */
export const sayForeign = ({ what, log }: ForeignLog): string =>
  what === "metrics" ? sayMetrics(log) : sayCompletions(log);

function sayMetrics({ kind, lines }: MetricsLog): string {
  const steps = new Set(numbered(lines).map(({ step }) => step));
  return `${kind}: metrics of ${countOf(steps.size, "step")}`;
}

function sayCompletions({ kind, rows }: CompletionsLog): string {
  const steps = new Set(rows.map(({ step }) => step));
  return `${kind}: ${countOf(rows.length, "completion")} of ${countOf(steps.size, "step")}`;
}

/** Nothing is known of the configuration: TRL's defaults stand there, and no finding rests on them. */
const runOf = (arms: readonly string[]): RunConfig => ({
  ...runFrom(),
  grpo: trlDefaults,
  arms: arms.map((name) => ({ name, overrides: {} })),
  warmStart: null,
  vocabulary: [],
  configKnown: false,
});

const MOST_ARMS = 16;

function metricsRecording(log: MetricsLog): LogRecording {
  const { lines, notes } = log;
  const named = [...new Set(lines.map(({ arm }) => arm))];
  const own = named.every((arm) => arm !== null && ARM_NAME.test(arm)) && named.length <= MOST_ARMS;
  const arms = own ? named.map(String) : [LOG_ARM];
  const byArm = groupBy(numbered(lines), ({ line }) => (own ? line.arm : LOG_ARM));
  const reports = [...byArm].flatMap(([arm, of]) =>
    [...groupBy(of, ({ step }) => step)].map(([step, same]): StepReport => {
      const { generation, innerStep } = same[0]!.line;
      // Trackers write what belongs to a step in several rows: an evaluation, a scalar each.
      const metrics = Object.assign({}, ...same.map(({ line }) => line.metrics)) as Record<
        string,
        number
      >;
      return {
        arm: String(arm),
        step,
        generation: generation ?? step,
        innerStep: innerStep ?? 0,
        metrics,
      };
    }),
  );
  reports.sort((a, b) => a.step - b.step);
  const again = repeatedSteps(byArm);
  return {
    run: runOf(arms),
    reports,
    records: [],
    notes: [
      `Read as ${sayMetrics(log)}, as charts. It has no log-probability of any token, so there are no figures, ratios or completions; the trainer in docs/file-formats.md logs what those need.`,
      ...notes,
      ...(again === 0
        ? []
        : [
            `${countOf(again, "step")} ${again === 1 ? "comes" : "come"} more than once, as where training was resumed or several runs share a file: of each metric the last value is shown.`,
          ]),
    ],
  };
}

type Numbered = ReturnType<typeof numbered>;

/** Steps of an arm at which a metric has several values. */
function repeatedSteps(byArm: ReadonlyMap<unknown, Numbered>): number {
  const differ = (own: Numbered): boolean => {
    const seen = new Map<string, number>();
    return own.some(({ line }) =>
      Object.entries(line.metrics).some(([name, value]) => {
        const before = seen.get(name) ?? value;
        seen.set(name, value);
        return !Object.is(before, value);
      }),
    );
  };
  return [...byArm.values()]
    .flatMap((own) => [...groupBy(own, ({ step }) => step).values()])
    .filter(differ).length;
}

/** Lines without a step of their own follow the one before, or are counted where none has one. */
function numbered(lines: readonly MetricsLine[]): { step: number; line: MetricsLine }[] {
  const counts = lines.every(({ step }) => step === null);
  let last = 0;
  return lines.map((line) => {
    last = line.step ?? (counts ? last + 1 : last);
    return { step: last, line };
  });
}

function completionsRecording(log: CompletionsLog): LogRecording {
  const { rows, notes } = log;
  const run = runOf([LOG_ARM]);
  const steps = [...groupBy(rows, ({ step }) => step)].toSorted(([a], [b]) => a - b);
  const records = steps.map(([step, own]) => textRecord(step, own, run));
  return {
    run,
    reports: records.map(reportOf),
    records,
    notes: [
      `Read as ${sayCompletions(log)}, as a table. It has no log-probability of any token, so there are no figures and no ratios; the trainer in docs/file-formats.md logs what those need.`,
      ...notes,
    ],
  };
}

/** A record of texts alone: everything that follows from log-probabilities is empty in it. */
function textRecord(step: number, rows: readonly TextRow[], run: RunConfig): StepRecord {
  const count = rows.length;
  const names = [...new Set(rows.flatMap(({ rewards }) => Object.keys(rewards)))];
  const groups = new Map<string, number>();
  // Without the trainer's weights a sum would be made up: one function's reward is the reward.
  const reward = Float32Array.from(rows, ({ rewards }) =>
    names.length === 1 ? (rewards[names[0]!] ?? NaN) : (rewards.reward ?? NaN),
  );
  return {
    textOnly: true,
    arm: LOG_ARM,
    level: "token",
    step,
    generation: step,
    innerStep: 0,
    rows: count,
    columns: 1,
    ...emptyQuantities({ rows: count, columns: 1 }),
    prompt: rows.map(({ prompt }) => prompt),
    completion: rows.map(({ completion }) => completion),
    group: Uint32Array.from(rows, ({ prompt }) => {
      const group = groups.get(prompt) ?? groups.size;
      groups.set(prompt, group);
      return group;
    }),
    advantage: Float32Array.from(rows, ({ advantage }) => advantage ?? NaN),
    rewardNames: names,
    rewards: names.map((name) => Float32Array.from(rows, ({ rewards }) => rewards[name] ?? NaN)),
    reward,
    config: run.grpo,
    metrics: meansOf(names, rows, reward),
    histograms: { range: 1, bins: 1, ...emptyHistograms(1) },
  };
}

function meansOf(
  names: readonly string[],
  rows: readonly TextRow[],
  reward: Float32Array,
): Record<string, number> {
  const means = names.map((name) => {
    const given = rows.flatMap(({ rewards }) => rewards[name] ?? []);
    return [`rewards/${name}/mean`, meanOf(given)] as const;
  });
  const known = [...reward].filter((value) => !Number.isNaN(value));
  return { ...Object.fromEntries(means), ...(known.length > 0 ? { reward: meanOf(known) } : {}) };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const countOf = (count: number, what: string): string =>
  `${count} ${count === 1 ? what : `${what}s`}`;
