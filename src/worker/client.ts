import { RefusedError } from "./refused-error.ts";
import type {
  Command,
  Failure,
  Message,
  Reply,
  ReplyTo,
  Request,
  WorkerEvent,
} from "./protocol.ts";

/** The way to the training worker. */
export interface TrainingWorker {
  send(command: Command): void;
  /** Rejects with a RefusedError where the request cannot be done. */
  ask<R extends Request>(request: R): Promise<ReplyTo<R>>;
}

interface Asked {
  resolve(value: unknown): void;
  reject(error: RefusedError): void;
}

/** Starts the training worker. */
export function connect(onEvent: (event: WorkerEvent) => void): TrainingWorker {
  // Not a blob, as the worker of files is: where a browser has blocked a page's GPU after crashes,
  // reloading the page lifts that for its own address alone.
  const worker = new Worker(new URL("./training.worker.ts", import.meta.url), {
    type: "module",
    name: "training",
  });
  /** By the id of the request. */
  const asked = new Map<number, Asked>();
  let requests = 0;
  worker.onmessage = ({ data }: MessageEvent<WorkerEvent | Reply>) => {
    if (data.type !== "reply") return onEvent(data);
    const { resolve, reject } = asked.get(data.id) ?? {};
    asked.delete(data.id);
    if ("failure" in data) reject?.(new RefusedError(data.failure));
    else resolve?.(data.value);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    const failure: Failure = {
      kind: "bug",
      message: `The training worker stopped: ${event.message || "its script could not be loaded"}.`,
      remedy: "Reload the page; the browser's console has the details.",
      fields: [],
      step: null,
      arm: null,
    };
    onEvent({ type: "failed", ...failure });
    for (const { reject } of asked.values()) reject(new RefusedError(failure));
    asked.clear();
  };
  const post = (message: Message) => worker.postMessage(message);
  post({ type: "open", base: document.baseURI });
  return {
    send: post,
    ask: <R extends Request>(request: R) =>
      new Promise<ReplyTo<R>>((resolve, reject) => {
        const id = requests++;
        // The worker answers a request with what `Replies` says of its type.
        asked.set(id, { resolve: (value) => resolve(value as ReplyTo<R>), reject });
        post({ type: "request", id, request });
      }),
  };
}
