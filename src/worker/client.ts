import type {
  Command,
  Failure,
  Message,
  Reply,
  ReplyTo,
  Request,
  WorkerEvent,
} from "./protocol.ts";
import { Requests } from "./requests.ts";

/** The way to the training worker. */
export interface TrainingWorker {
  send(command: Command): void;
  /** Rejects with a RefusedError where the request cannot be done. */
  ask<R extends Request>(request: R): Promise<ReplyTo<R>>;
}

/** Starts the training worker; without `keeps` it leaves nothing in the browser. */
export function connect(
  onEvent: (event: WorkerEvent) => void,
  { keeps = true }: { keeps?: boolean } = {},
): TrainingWorker {
  // Not a blob, as the worker of files is: where a browser has blocked a page's GPU after crashes,
  // reloading the page lifts that for its own address alone.
  const worker = new Worker(new URL("./training.worker.ts", import.meta.url), {
    type: "module",
    name: "training",
  });
  const post = (message: Message) => worker.postMessage(message);
  const requests = new Requests(post);
  worker.onmessage = ({ data }: MessageEvent<WorkerEvent | Reply>) => {
    if (data.type === "reply") requests.take(data);
    else onEvent(data);
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
    requests.refuseAll(failure);
  };
  post({ type: "open", base: document.baseURI, keepsNothing: !keeps });
  return { send: post, ask: (request) => requests.ask(request) };
}
