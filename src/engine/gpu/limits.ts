import { UserError } from "../user-error.ts";

/** What decides how much memory a run needs; any of them may be lowered. */
const FIELDS = [
  "per_device_train_batch_size",
  "steps_per_generation",
  "max_completion_length",
  "width",
  "hidden",
  "layers",
] as const;

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** The run needs more than this adapter gives. */
export class LimitError extends UserError {
  constructor(message: string) {
    super(message, `Lower ${FIELDS.slice(0, -1).join(", ")} or ${FIELDS.at(-1)}.`, FIELDS);
    this.name = "LimitError";
  }
}

/** Throws a LimitError, before anything is allocated, for a buffer that the device cannot bind. */
export function checkBufferSize(device: GPUDevice, label: string, bytes: number): void {
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  const name =
    maxStorageBufferBindingSize <= maxBufferSize ? "maxStorageBufferBindingSize" : "maxBufferSize";
  const limit = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  if (bytes > limit) {
    throw new LimitError(
      `${label} needs ${mib(bytes)} in one buffer; ${name} of this GPU is ${mib(limit)}.`,
    );
  }
}

/** Runs `allocate` and throws a LimitError if the GPU ran out of memory in it. */
export async function withinMemory<T>(device: GPUDevice, allocate: () => Promise<T>): Promise<T> {
  device.pushErrorScope("out-of-memory");
  const outcome = await allocate().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const ranOut = await device.popErrorScope();
  if (ranOut)
    throw new LimitError(`This GPU has too little free memory for the run: ${ranOut.message}`);
  if ("error" in outcome) throw outcome.error;
  return outcome.value;
}
