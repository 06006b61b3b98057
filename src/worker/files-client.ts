import files from "./files.worker.ts?worker&url";
import type { FileEvent, FileJob } from "./files-protocol.ts";
import { startWorker } from "./start-worker.ts";

type Done = Exclude<FileEvent, { type: "progress" }>;

/** Does one job in a worker of its own, which ends with it. */
export const workOnFiles = (
  job: FileJob,
  progress: (done: number, total: number) => void,
): Promise<Done> =>
  new Promise((resolve) => {
    const worker = startWorker(files, "files");
    const end = (event: Done): void => {
      worker.terminate();
      resolve(event);
    };
    worker.onmessage = ({ data }: MessageEvent<FileEvent>) => {
      if (data.type === "progress") progress(data.done, data.total);
      else end(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const message = `The worker for files stopped: ${event.message || "its script could not be loaded"}.`;
      end({ type: "failed", message, remedy: "Reload the page and try again." });
    };
    worker.postMessage(job);
  });
