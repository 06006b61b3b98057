/// <reference lib="webworker" />
import { UserError } from "../base/user-error.ts";
import { openRuns } from "../runs/database.ts";
import { exportData } from "./export-data.ts";
import type { FileEvent, FileJob } from "./files-protocol.ts";
import { importFiles } from "./import-files.ts";

// Reads and writes files beside the training worker, so that neither the page nor training waits.

const post = (event: FileEvent, transfer: Transferable[] = []) =>
  self.postMessage(event, { transfer });

let told = 0;
function progress(done: number, total: number): void {
  if (performance.now() - told < 100) return;
  told = performance.now();
  post({ type: "progress", done, total });
}

async function work(job: FileJob): Promise<void> {
  if (job.type === "export") {
    const { name, bytes } = await exportData(job, openRuns);
    post({ type: "exported", name, bytes }, [bytes.buffer]);
    return;
  }
  const gpu = navigator.gpu as GPU | undefined;
  const host = { gpu, database: openRuns, progress };
  post({ type: "imported", imported: await importFiles(job.files, job.base, host) });
}

self.onmessage = ({ data }: MessageEvent<FileJob>) => {
  work(data).catch((error: unknown) => {
    if (error instanceof UserError) {
      post({ type: "failed", message: error.message, remedy: error.remedy });
      return;
    }
    console.error(error);
    const message = error instanceof Error ? error.message : String(error);
    post({
      type: "failed",
      message: `The file could not be dealt with by a fault of this page: ${message}`,
      remedy: "The browser's console has the details.",
    });
  });
};
