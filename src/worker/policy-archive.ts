import type { RunConfig } from "../config/types.ts";
import type { RunArm } from "../engine/run/run-arm.ts";
import { parameterLayout, unpackTensors } from "../engine/policy/parameters.ts";
import { policyShape } from "../engine/policy/shape-of.ts";
import { task } from "../tasks/registry.ts";
import type { Files } from "../runs/formats/zip.ts";

/** The folder that transformers opens, with an arm's weights of this moment. */
export async function armFolder(run: RunConfig, arm: RunArm): Promise<Files> {
  const layout = parameterLayout(policyShape(run, task(run.task)));
  const tensors = unpackTensors(layout, await arm.weights());
  const { policyFolder } = await import("../runs/policies/policy-folder.ts");
  const { max_completion_length: maxCompletionLength, temperature } = arm.config;
  return policyFolder(run, { maxCompletionLength, temperature }, tensors);
}

export async function policyArchive(run: RunConfig, arm: RunArm): Promise<Uint8Array<ArrayBuffer>> {
  const { writeZip } = await import("../runs/formats/zip.ts");
  return writeZip(await armFolder(run, arm));
}
