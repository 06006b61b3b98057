import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ArmAnswers, isAnswered } from "../record/answers.ts";
import type { StepRecord, StepReport } from "../record/record.ts";
import type { Counterfactual } from "../engine/training/counterfactual.ts";
import { createRun } from "../engine/run/run.ts";
import { otherLevelsToJson } from "../runs/other-levels.ts";
import { recordingToJson } from "../runs/recording.ts";
import { readWarmStart } from "./warm-start-file.ts";
import { openGpu } from "./gpu.ts";
import { parseOptions, runOf, runOptions, wholeNumber } from "./options.ts";

const USAGE =
  "Usage: npm run -s record -- [--preset NAME] [--seed S] [--steps N] [--keep K] [--out FILE]";

/** Significant digits: at least as many as the page shows. */
const DIGITS = 6;

/** Of what the other level would have done. */
const OTHER_DIGITS = 5;

/** The file beside a recording, which the page fetches when it is asked what the other level would do. */
const besides = (path: string): string => path.replace(/(\.json)?$/, ".other-level.json");

/**
 * Trains a run and writes it down for the page to show before any shader compiles: the metrics of
 * every step, and the records of the first rollout and of the last `--keep` ones, whole. Beside it
 * stands what the other level would have done in each of the records' steps.
 */
export async function main(args: readonly string[]): Promise<number> {
  const flags = parseOptions(
    args,
    {
      ...runOptions,
      steps: { type: "string" },
      keep: { type: "string" },
      out: { type: "string" },
    },
    USAGE,
  );
  const config = runOf(flags);
  const steps = wholeNumber("steps", flags.steps ?? "40", 1);
  const keep = wholeNumber("keep", flags.keep ?? "10", 1);
  const path = flags.out ?? join("public", "recordings", "default.json");
  const { device } = await openGpu();
  const weights = config.warmStart === null ? null : await readWarmStart(config.warmStart);
  const run = await createRun({ device, config, weights });
  const reports: StepReport[] = [];
  let records: StepRecord[] = [];
  const others: Counterfactual[] = [];
  const answers: ArmAnswers[] = await run.answers();
  while (run.step < steps) {
    for (const record of await run.advance()) {
      const { arm, step, generation, innerStep, metrics } = record;
      reports.push({ arm, step, generation, innerStep, metrics });
      records.push(record);
      others.push(await run.counterfactual(arm, step));
    }
    if (isAnswered(run.step) || run.step === steps) answers.push(...(await run.answers()));
  }
  run.destroy();
  const newest = records.at(-1)?.generation ?? 0;
  records = records.filter(({ generation }) => generation === 0 || generation > newest - keep);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, recordingToJson({ run: config, reports, records, answers }, DIGITS));
  const kept = others.filter(({ arm, step }) =>
    records.some((record) => record.arm === arm && record.step === step),
  );
  await writeFile(besides(path), otherLevelsToJson(kept, records, OTHER_DIGITS));
  console.log(
    JSON.stringify({
      file: path,
      besides: besides(path),
      steps,
      kept: records.length,
      arms: config.arms.length,
    }),
  );
  return 0;
}
