import type { Progress } from "../base/progress.ts";
import type { Family } from "../engine/gpu/family.ts";
import { UserError } from "../base/user-error.ts";
import type { DeviceHolder } from "./device-holder.ts";
import type { Replies } from "./protocol.ts";
import { verify } from "./verify.ts";

/**
 * Runs the bundled reference vectors on the worker's adapter. `familyFor` says which family of matrix
 * products is checked. Throws a UserError where they cannot be run.
 */
export async function verifyAdapter(
  holder: DeviceHolder,
  familyFor: (device: GPUDevice) => Promise<Family> | Family,
  base: string,
  progress: Progress,
): Promise<Replies["verify"]> {
  const acquired = await holder.get();
  const { device, name, software } = acquired;
  const family = await familyFor(device);
  const began = performance.now();
  const reports = await verify({ device, matmul: family }, base, progress);
  if (holder.acquired !== acquired) {
    throw new UserError("The GPU was lost while the vectors ran.", "Run them again.");
  }
  const adapter = { name, software, family };
  return { adapter, reports, elapsedMs: performance.now() - began };
}
