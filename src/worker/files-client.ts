import type { FileEvent, FileJob } from "./files-protocol.ts";

type Done = Exclude<FileEvent, { type: "progress" }>;

/** Does one job in a worker of its own, which ends with it. */
export const workOnFiles = (
  job: FileJob,
  progress: (done: number, total: number) => void,
): Promise<Done> =>
  new Promise((resolve) => {
    const worker = new Worker(new URL("./files.worker.ts", import.meta.url), {
      type: "module",
      name: "files",
    });
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
