import type { RunConfig } from "../../config/types.ts";
import { encodeSafetensors, type Tensor } from "../../engine/policy/safetensors.ts";
import { savedName } from "../../engine/policy/vision/write-llava-config.ts";
import { task } from "../../tasks/registry.ts";
import { hfFolder, type HfFolderOptions } from "./hf-folder.ts";
import type { Files } from "../formats/zip.ts";

/** The folder that transformers opens, with these weights, by file name. */
export function policyFolder(
  { policy, difficulty, task: id }: RunConfig,
  sampling: Pick<HfFolderOptions, "maxCompletionLength" | "temperature">,
  weights: Readonly<Record<string, Tensor>>,
): Files {
  const texts = hfFolder({ policy, task: task(id), difficulty, ...sampling });
  const files = Object.entries(texts).map(
    ([name, json]) => [name, new TextEncoder().encode(json)] as const,
  );
  const named = policy.vision
    ? Object.fromEntries(Object.entries(weights).map(([name, each]) => [savedName(name), each]))
    : weights;
  return new Map([...files, ["model.safetensors", encodeSafetensors(named)]]);
}
