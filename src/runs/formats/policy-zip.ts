import { armConfig, type ArmConfig, type RunConfig } from "../../config/types.ts";
import { encodeSafetensors, type Tensor } from "../../engine/policy/safetensors.ts";
import { task } from "../../engine/tasks/registry.ts";
import { hfFolder } from "../hf-folder.ts";
import { writeZip, type Files } from "./zip.ts";

/** The folder that transformers opens, of one arm with these weights, by file name. */
export function policyFolder(
  run: RunConfig,
  arm: ArmConfig,
  weights: Readonly<Record<string, Tensor>>,
): Files {
  const { max_completion_length: maxCompletionLength, temperature } = armConfig(run, arm);
  const { policy, difficulty } = run;
  const texts = hfFolder({
    policy,
    task: task(run.task),
    difficulty,
    maxCompletionLength,
    temperature,
  });
  const files = Object.entries(texts).map(
    ([name, json]) => [name, new TextEncoder().encode(json)] as const,
  );
  return new Map([...files, ["model.safetensors", encodeSafetensors(weights)]]);
}

/** The same as one archive. */
export const policyZip = (...of: Parameters<typeof policyFolder>): Uint8Array<ArrayBuffer> =>
  writeZip(policyFolder(...of));
