import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportRefusals } from "../config/python/export-refusals.ts";
import { exportArm, fileName, forms, leftOut, POLICY_FOLDER } from "../config/python/export.ts";
import {
  launchers,
  launchFacts,
  launchFile,
  launchFileName,
} from "../config/python/launch-files.ts";
import { armConfig } from "../config/types.ts";
import { initialParameters, parameterLayout, unpackTensors } from "../engine/policy/parameters.ts";
import type { Tensor } from "../engine/policy/safetensors.ts";
import { loadedShape } from "../engine/policy/shape-of.ts";
import { task as taskOf } from "../tasks/registry.ts";
import { UserError } from "../base/user-error.ts";
import { policyFolder } from "../runs/policies/policy-folder.ts";
import type { ArmConfig, RunConfig } from "../config/types.ts";
import { readWarmStart } from "./warm-start-file.ts";
import { makeOutFolder } from "./out-folder.ts";
import { parseOptions, runOf, runOptions } from "./options.ts";

const USAGE =
  "Usage: npm run -s export -- --out FOLDER [--preset NAME] [--arms token,sequence] [--seed S] [--set field=value …]";

/** Writes every arm in every form, and the policy that training starts from as transformers reads it. */
export async function main(args: readonly string[]): Promise<number> {
  const flags = parseOptions(args, { ...runOptions, out: { type: "string" } }, USAGE);
  if (flags.out === undefined) throw new UserError("There is no folder to write to.", USAGE);
  const run = runOf(flags);
  const [first] = run.arms;
  if (first === undefined) throw new UserError("The run has no arm.", USAGE);
  requireExportable(run);
  const { max_completion_length: maxCompletionLength, temperature } = armConfig(run, first);
  const files = policyFolder(run, { maxCompletionLength, temperature }, await startOf(run));

  const policy = join(flags.out, POLICY_FOLDER);
  await makeOutFolder(flags.out);
  await mkdir(policy, { recursive: true });
  for (const [name, file] of files) await writeFile(join(policy, name), file);
  for (const arm of run.arms) {
    for (const form of forms) {
      const path = join(flags.out, fileName(run, arm, form));
      await writeFile(path, exportArm(run, arm, form));
      console.log(path);
      for (const sentence of leftOut(run, arm, form)) console.error(sentence);
    }
  }
  for (const path of await writeLaunchFiles(flags.out, run, first)) console.log(path);
  return 0;
}

/** How as many processes as the run is for are started, in every way; none for one. */
async function writeLaunchFiles(
  folder: string,
  run: RunConfig,
  arm: ArmConfig,
): Promise<readonly string[]> {
  // Arms differ in nothing that these files say.
  const facts = launchFacts(run, arm);
  if (facts.processes === 1) return [];
  return Promise.all(
    Object.keys(launchers).map(async (name) => {
      const path = join(folder, launchFileName(name));
      await writeFile(path, launchFile(name, facts, fileName(run, arm, "trl")));
      return path;
    }),
  );
}

/** Nothing is written of a run of which TRL refuses an arm. */
function requireExportable(run: RunConfig): void {
  for (const arm of run.arms) {
    const [refusal] = exportRefusals(run, arm);
    if (refusal) throw new UserError(`Arm ${arm.name}: ${refusal.message}`, refusal.remedy);
  }
}

/** The tensors that training starts from, under transformers' names. */
async function startOf(run: RunConfig): Promise<Record<string, Tensor>> {
  if (run.warmStart !== null) return readWarmStart(run.warmStart);
  const shape = await loadedShape(run, taskOf(run.task));
  const layout = parameterLayout(shape);
  return unpackTensors(layout, initialParameters(shape, run.grpo.seed));
}
