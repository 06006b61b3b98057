import { chooseFamily } from "../engine/layers/choose-family.ts";
import { checkPlan, memoryPlan, type MemoryPlan } from "../engine/run/memory-plan.ts";
import type { StepReport } from "../record/record.ts";
import { createRun } from "../engine/run/run.ts";
import { metricsToJsonl } from "../runs/logs/metrics-table.ts";
import { readWarmStart } from "./warm-start-file.ts";
import { openGpu } from "./gpu.ts";
import { openOutFile } from "./out-file.ts";
import { makeOutFolder } from "./out-folder.ts";
import { RunFolder } from "./run-folder.ts";
import { familyNamed, parseOptions, runOf, runOptions, wholeNumber } from "./options.ts";

const USAGE =
  "Usage: npm run -s train -- --preset NAME --steps N --seed S [--set field=value …] [--arms token,sequence] [--jsonl FILE] [--out FOLDER] [--family register|workgroup] [--plan]";

/**
 * Trains in Node; one JSON line per optimizer step and arm, to stdout or to --jsonl FILE. With
 * --out FOLDER it also leaves of every arm what TRL's trainer would: log, trackers' files, policy. With
 * --plan it only says what the run would hold on the GPU, and whether this adapter allows it.
 */
export async function main(args: readonly string[]): Promise<number> {
  const flags = parseOptions(
    args,
    {
      ...runOptions,
      steps: { type: "string" },
      jsonl: { type: "string" },
      out: { type: "string" },
      plan: { type: "boolean" },
      family: { type: "string" },
    },
    USAGE,
  );
  const config = runOf(flags);
  const wanted = flags.steps === undefined ? Infinity : wholeNumber("steps", flags.steps, 0);
  const named = familyNamed(flags.family, USAGE);
  if (flags.out !== undefined && flags.plan !== true) await makeOutFolder(flags.out);
  const { device, name } = await openGpu();
  const family = named ?? (await chooseFamily(device));
  if (flags.plan === true) {
    const gpu = { device, matmul: family };
    const plan = await memoryPlan(gpu, config);
    console.log(JSON.stringify({ ...plan, adapter: name }));
    await checkPlan(gpu, config, plan);
    return 0;
  }
  const weights = config.warmStart === null ? null : await readWarmStart(config.warmStart);
  const planned = ({ summary: says }: MemoryPlan) => console.error(says);
  const run = await createRun({ device, config, family, weights, planned });
  // --steps goes on past the preset's own end: the schedule then stays where it ended.
  const steps = wanted === Infinity ? run.totalSteps : wanted;
  console.error(
    `${config.preset}: ${run.parameters} parameters × ${config.arms.length} arms on ${name}, ${family} tiles, ${steps} optimizer steps`,
  );
  const out =
    flags.jsonl === undefined
      ? process.stdout
      : (await openOutFile("jsonl", flags.jsonl)).createWriteStream();
  const left = flags.out === undefined ? null : new RunFolder(flags.out, config);
  const write = (report: StepReport) => out.write(metricsToJsonl([report]));
  while (run.step < steps) {
    if (left === null) {
      for (const report of await run.advanceUnrecorded()) write(report);
      continue;
    }
    for (const record of await run.advance()) {
      write(record);
      left.take(record);
    }
  }
  await left?.write(run);
  run.destroy();
  if (out !== process.stdout) await new Promise<void>((done) => out.end(done));
  return 0;
}
