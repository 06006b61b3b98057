import { type Family, familyOf, setFamily } from "../engine/gpu/family.ts";
import { UserError } from "../base/user-error.ts";
import type { DeviceHolder } from "./device-holder.ts";
import type { Replies } from "./protocol.ts";
import { verify } from "./verify.ts";

/**
 * Runs the bundled reference vectors on the worker's adapter. `choose` says which family of matrix
 * products is checked; null: the one in use. Throws a UserError where they cannot be run.
 */
export async function verifyAdapter(
  holder: DeviceHolder,
  choose: ((device: GPUDevice) => Promise<Family>) | null,
  base: string,
  progress: (done: number, total: number) => void,
): Promise<Replies["verify"]> {
  const acquired = await holder.get();
  const { device, name, software } = acquired;
  if (choose) setFamily(device, await choose(device));
  const began = performance.now();
  const reports = await verify(device, base, progress);
  if (holder.acquired !== acquired) {
    throw new UserError("The GPU was lost while the vectors ran.", "Run them again.");
  }
  const adapter = { name, software, family: familyOf(device) };
  return { adapter, reports, elapsedMs: performance.now() - began };
}
