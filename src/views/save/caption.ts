import { otherLevel, type RunConfig } from "../../config/types.ts";
import { type StepRecord, clipLevelOf } from "../../record/record.ts";
import { epsilonAt, otherClipArm } from "../../analysis/clip-rule.ts";

/** What a saved picture says of the batch that it shows. */
export function batchCaption(title: string, record: StepRecord, run: RunConfig | null): string {
  const { step, innerStep, arm, config, level } = record;
  const own = clipLevelOf(level);
  const other = otherLevel(own);
  const otherClipText =
    otherClipArm(record, other) === null ? "" : `, ${other} level by ${epsilonAt(record, other)}`;
  return (
    `${title}. Step ${step}, k = ${innerStep}; ${arm} arm: loss_type ${config.loss_type}, ` +
    `importance_sampling_level ${config.importance_sampling_level}, ${epsilonAt(record, own)}${otherClipText}${origin(run)}`
  );
}

/** What a saved chart says of the run that it shows. */
export function runCaption(title: string, last: number, run: RunConfig | null): string {
  const arms = run?.arms.map(({ name }) => name).join(" and ") ?? "";
  return `${title}. Steps 0 to ${last}; arms ${arms}${origin(run)}`;
}

const origin = (run: RunConfig | null): string =>
  run === null ? ". Ratioscope" : `; preset ${run.preset}, seed ${run.grpo.seed}. Ratioscope`;

/** A file's name from words: `ratioscope-figure-3-sort-step-40-k-3`. */
export const fileName = (...words: readonly (string | number)[]): string =>
  ["ratioscope", ...words]
    .join("-")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
