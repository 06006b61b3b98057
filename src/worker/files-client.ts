import type { Progress } from "../base/progress.ts";
import files from "./files.worker.ts?worker&url";
import type { FileEvent, FileJob } from "./files-protocol.ts";

type Done = Exclude<FileEvent, { type: "progress" }>;

/** Does one job in a worker of its own, which ends with it. */
export const workOnFiles = (job: FileJob, progress: Progress): Promise<Done> =>
  new Promise((resolve) => {
    const worker = startWorker();
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

/** The blob's address: the browser frees it with the page. */
let blob: string | null = null;

/**
 * Starts the worker, which reads what comes from elsewhere, under the page's Content-Security-Policy.
 * A worker has the policy that came with its script's response, and of a page served as files that
 * is none: what stands in index.html reaches no worker but one whose script is a blob.
 */
function startWorker(): Worker {
  const { href } = new URL(files, import.meta.url);
  // A static import: messages wait until the script that it names has run.
  const script = `import ${JSON.stringify(href)};`;
  blob ??= URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  return new Worker(blob, { type: "module", name: "files" });
}
