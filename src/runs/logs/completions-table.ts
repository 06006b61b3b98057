import type { StepRecord } from "../../record/record.ts";

/**
 * The completions of a record as JSON lines, a row each, with the columns of TRL's
 * `completions_STEP.parquet`: step, prompt, completion, one per reward function, advantage.
 * A reward that a function did not give is null. `pandas.read_json(path, lines=True)` reads it.
 */
export const completionsToJsonl = (records: readonly StepRecord[]): string =>
  records
    .flatMap((record) => Array.from({ length: record.rows }, (_, row) => line(record, row)))
    .join("");

function line(record: StepRecord, row: number): string {
  const rewards = record.rewardNames.map(
    (name, f) => [name, numberOf(record.rewards[f]?.[row])] as const,
  );
  const cells = {
    step: record.step,
    prompt: record.prompt[row],
    completion: record.completion[row],
    ...Object.fromEntries(rewards),
    advantage: numberOf(record.advantage[row]),
  };
  return `${JSON.stringify(cells)}\n`;
}

/** Nine digits tell every single-precision number apart. */
const numberOf = (value: number | undefined): number | null =>
  value === undefined || !Number.isFinite(value) ? null : Number(value.toPrecision(9));
