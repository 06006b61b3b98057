import type { RunConfig } from "../config/types.ts";
import type { Arm } from "../engine/training/arm.ts";
import { parameterLayout, unpackParameters } from "../engine/policy/parameters.ts";
import { policyShape } from "../engine/policy/shape-of.ts";
import { task } from "../tasks/registry.ts";
import type { Files } from "../runs/formats/zip.ts";

/** The folder that transformers opens, with an arm's weights of this moment. */
export async function armFolder(run: RunConfig, arm: Arm): Promise<Files> {
  const layout = parameterLayout(policyShape(run, task(run.task)));
  const values = unpackParameters(layout, await arm.weights());
  const tensors = layout.tensors.map(
    ({ name, shape }) => [name, { shape, data: values[name] ?? new Float32Array() }] as const,
  );
  const { policyFolder } = await import("../runs/policies/policy-folder.ts");
  const { max_completion_length: maxCompletionLength, temperature } = arm.config;
  return policyFolder(run, { maxCompletionLength, temperature }, Object.fromEntries(tensors));
}

export async function policyArchive(run: RunConfig, arm: Arm): Promise<Uint8Array<ArrayBuffer>> {
  const { writeZip } = await import("../runs/formats/zip.ts");
  return writeZip(await armFolder(run, arm));
}
