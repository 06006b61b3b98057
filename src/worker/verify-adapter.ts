import { type Family, familyOf, setFamily } from "../engine/gpu/family.ts";
import { UserError } from "../engine/user-error.ts";
import type { DeviceHolder } from "./device-holder.ts";
import { failureOf } from "./failure.ts";
import type { WorkerEvent } from "./protocol.ts";
import { verify } from "./verify.ts";

/**
 * Runs the bundled reference vectors on the worker's adapter and tells what came of it. `choose` says
 * which family of matrix products is checked; null: the one in use.
 */
export async function verifyAdapter(
  holder: DeviceHolder,
  choose: ((device: GPUDevice) => Promise<Family>) | null,
  base: string,
  post: (event: WorkerEvent) => void,
): Promise<void> {
  try {
    const acquired = await holder.get();
    const { device, name, software } = acquired;
    if (choose) setFamily(device, await choose(device));
    const began = performance.now();
    const reports = await verify(device, base, (done, total) =>
      post({ type: "verifying", done, total }),
    );
    if (holder.acquired !== acquired) {
      throw new UserError("The GPU was lost while the vectors ran.", "Run them again.");
    }
    const elapsedMs = performance.now() - began;
    const adapter = { name, software, family: familyOf(device) };
    post({ type: "verified", adapter, reports, elapsedMs });
  } catch (error) {
    const { kind, message, remedy } = failureOf(error, null);
    const why = kind === "bug" ? `The vectors could not be run: ${String(error)}.` : message;
    post({ type: "verify-failed", message: why, remedy });
  }
}
