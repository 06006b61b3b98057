import { UserError } from "../base/user-error.ts";
import { isImported } from "../config/imported.ts";
import type { Tensor } from "../engine/policy/safetensors.ts";
import { findWeights } from "../runs/policies/imported-weights.ts";

/** Reads a warm-started policy that ships with the page, or one that its reader imported. */
export async function fetchWarmStart(base: string, name: string): Promise<Record<string, Tensor>> {
  if (isImported(name)) return read(await findWeights(name));
  const address = new URL(`checkpoints/${encodeURIComponent(name)}.safetensors`, base);
  const response = await fetch(address);
  if (!response.ok || response.headers.get("content-type")?.includes("html")) {
    throw new UserError(
      `There is no warm start named ${name} (${response.status}).`,
      "Choose another preset, or set warmStart to null to start from random weights.",
      ["warmStart"],
    );
  }
  return read(new Uint8Array(await response.arrayBuffer()));
}

/** What reads such a file comes with the first one. */
const read = async (file: Uint8Array): Promise<Record<string, Tensor>> =>
  (await import("../engine/policy/safetensors.ts")).decodeSafetensors(file).tensors;
