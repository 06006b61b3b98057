import type { Command, WorkerEvent } from "./protocol.ts";

/** Starts the training worker; returns the one function that talks to it. */
export function connect(onEvent: (event: WorkerEvent) => void): (command: Command) => void {
  // Not a blob, as the worker of files is: where a browser has blocked a page's GPU after crashes,
  // reloading the page lifts that for its own address alone.
  const worker = new Worker(new URL("./training.worker.ts", import.meta.url), {
    type: "module",
    name: "training",
  });
  worker.onmessage = ({ data }: MessageEvent<WorkerEvent>) => onEvent(data);
  worker.onerror = (event) => {
    event.preventDefault();
    onEvent({
      type: "failed",
      kind: "bug",
      message: `The training worker stopped: ${event.message || "its script could not be loaded"}.`,
      remedy: "Reload the page; the browser's console has the details.",
      fields: [],
      step: null,
      arm: null,
    });
  };
  const send = (command: Command) => worker.postMessage(command);
  send({ type: "open", base: document.baseURI });
  return send;
}
