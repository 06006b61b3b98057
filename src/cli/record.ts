import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { StepRecord } from "../engine/record.ts";
import { createRun } from "../engine/trainer.ts";
import { recordingToJson } from "../runs/recording.ts";
import type { StepReport } from "../worker/protocol.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { openGpu } from "./gpu.ts";
import { parseOptions, runOf, runOptions, wholeNumber } from "./options.ts";

const USAGE =
  "Usage: npm run -s record -- [--preset NAME] [--seed S] [--steps N] [--keep K] [--out FILE]";

/**
 * Trains a run and writes it down for the page to show before any shader compiles: the metrics of
 * every step, the records of the last `--keep` steps.
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
  const keep = wholeNumber("keep", flags.keep ?? "4", 1);
  const path = flags.out ?? join("public", "recordings", "default.json");
  const { device } = await openGpu();
  const weights = config.warmStart === null ? null : await readCheckpoint(config.warmStart);
  const run = await createRun({ device, config, weights });
  const reports: StepReport[] = [];
  const records: StepRecord[] = [];
  while (run.step < steps) {
    for (const record of await run.advance()) {
      const { arm, step, generation, innerStep, metrics } = record;
      reports.push({ arm, step, generation, innerStep, metrics });
      if (step > steps - keep) records.push(record);
    }
  }
  run.destroy();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, short(recordingToJson({ run: config, reports, records })));
  console.log(JSON.stringify({ file: path, steps, kept: keep, arms: config.arms.length }));
  return 0;
}

/** Seven significant digits: more than the page shows, at half the size. */
const short = (json: string): string =>
  JSON.stringify(JSON.parse(json), (_, value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value,
  );
