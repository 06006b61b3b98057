import type { Run } from "../engine/run/run.ts";
import type { Files } from "../runs/formats/zip.ts";

/** The folder that transformers opens, with the weights that an arm of the run has now. */
export async function armFolder(run: Run, name: string): Promise<Files> {
  const tensors = await run.weights(name);
  const { policyFolder } = await import("../runs/policies/policy-folder.ts");
  const { config } = run.arms.find((arm) => arm.name === name)!;
  const { max_completion_length: maxCompletionLength, temperature } = config;
  return policyFolder(run.config, { maxCompletionLength, temperature }, tensors);
}

export async function policyArchive(run: Run, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const { writeZip } = await import("../runs/formats/zip.ts");
  return writeZip(await armFolder(run, name));
}
