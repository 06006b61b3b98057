import type { Progress } from "../base/progress.ts";
import type { GpuContext } from "../engine/gpu/context.ts";
import { UserError } from "../base/user-error.ts";
import type { VectorReport } from "../vectors/report.ts";

/** As scripts/bundle-vectors.mjs writes it. */
interface BundledFile {
  file: string;
  cases: number;
}

/** Runs the reference vectors that ship with the page; `progress` hears of every case. */
export async function verify(
  gpu: GpuContext,
  base: string,
  progress: Progress,
): Promise<VectorReport[]> {
  const { device } = gpu;
  // They come with the first verification, not with the worker.
  const { isVectorFile, runners } = await import("../vectors/runners.ts");
  const index = await fetchJson("index.json", base);
  if (!Array.isArray(index) || !index.every(isBundledFile)) throw unreadable("index.json");
  const total = index.reduce((sum, { cases }) => sum + cases, 0);
  let done = 0;
  progress(done, total);
  const reports: VectorReport[] = [];
  const errors: string[] = [];
  const listen = (event: GPUUncapturedErrorEvent) => errors.push(event.error.message);
  device.addEventListener("uncapturederror", listen);
  try {
    for (const { file } of index) {
      const vectors = await fetchJson(file, base);
      const runner = isVectorFile(vectors) ? runners[vectors.kind] : undefined;
      if (!isVectorFile(vectors) || !runner) throw unreadable(file);
      reports.push(await runner(gpu, vectors, () => progress(++done, total)));
    }
    await device.queue.onSubmittedWorkDone();
  } finally {
    device.removeEventListener("uncapturederror", listen);
  }
  const [first] = errors;
  if (first !== undefined) {
    throw new UserError(
      `The adapter refused a command while the vectors ran: ${first}`,
      "Report it with the adapter's name.",
    );
  }
  return reports;
}

async function fetchJson(name: string, base: string): Promise<unknown> {
  const response = await fetch(new URL(`vectors/${name}`, base));
  if (!response.ok) {
    throw new UserError(
      `The reference vectors in vectors/${name} are not beside the page (${response.status}).`,
      "Serve the whole built folder, vectors/ included.",
    );
  }
  return response.json().catch(() => {
    throw unreadable(name);
  });
}

const unreadable = (name: string) =>
  new UserError(
    `vectors/${name} is not a file of reference vectors.`,
    "Run node scripts/bundle-vectors.mjs and build the page again.",
  );

const isBundledFile = (value: unknown): value is BundledFile =>
  typeof value === "object" &&
  value !== null &&
  "file" in value &&
  typeof value.file === "string" &&
  "cases" in value &&
  typeof value.cases === "number";
