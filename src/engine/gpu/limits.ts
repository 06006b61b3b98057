import { UserError } from "../../base/user-error.ts";

/** What decides how much memory a run needs; any of them may be lowered. */
const FIELDS = [
  "per_device_train_batch_size",
  "steps_per_generation",
  "max_completion_length",
  "width",
  "hidden",
  "layers",
] as const;

/** "12.3 MiB"; from 1 GiB on "1.2 GiB". */
export const bytesText = (bytes: number): string =>
  bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;

/** The run needs more than this adapter gives; `fields`: what to lower, the best first. */
export class LimitError extends UserError {
  constructor(message: string, fields: readonly string[] = FIELDS) {
    super(message, `Lower ${fields.slice(0, -1).join(", ")} or ${fields.at(-1)}.`, fields);
    this.name = "LimitError";
  }
}

/**
 * Throws a LimitError, before anything is allocated, for a buffer that the device cannot bind.
 * `run`: what all of the run needs, and which fields decide this buffer, where that is known.
 */
export function checkBufferSize(
  device: GPUDevice,
  label: string,
  bytes: number,
  run?: { total: number; fields: readonly string[] },
): void {
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  const name =
    maxStorageBufferBindingSize <= maxBufferSize ? "maxStorageBufferBindingSize" : "maxBufferSize";
  const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  if (bytes > limit) {
    const all = run ? `The run needs ${bytesText(run.total)} on the GPU. ` : "";
    throw new LimitError(
      `${all}${label} needs ${bytesText(bytes)} in one buffer; ${name} of this GPU is ${bytesText(limit)}.`,
      run?.fields,
    );
  }
}

/** Throws a LimitError, before it is launched, for a grid that the device cannot start. */
export function checkGrid(device: GPUDevice, label: string, ...workgroups: number[]): void {
  const { maxComputeWorkgroupsPerDimension: limit } = device.limits;
  const most = Math.max(...workgroups);
  if (most > limit) {
    throw new LimitError(
      `${label} needs ${most.toLocaleString("en")} workgroups in one dimension; maxComputeWorkgroupsPerDimension of this GPU is ${limit.toLocaleString("en")}.`,
    );
  }
}

/**
 * Runs `allocate` and throws a LimitError if the GPU ran out of memory in it; what was made is then
 * destroyed.
 */
export async function withinMemory<T extends { destroy(): void }>(
  device: GPUDevice,
  allocate: () => Promise<T>,
): Promise<T> {
  device.pushErrorScope("out-of-memory");
  const outcome = await allocate().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const ranOut = await device.popErrorScope();
  if (ranOut) {
    if ("value" in outcome) outcome.value.destroy();
    throw new LimitError(`This GPU has too little free memory for the run: ${ranOut.message}`);
  }
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}
