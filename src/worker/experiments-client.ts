import type { ExperimentCommand, ExperimentEvent } from "./experiment-protocol.ts";

/** Starts the worker of experiments; returns how to send to it. It stays for the next one. */
export function connectExperiments(
  onEvent: (event: ExperimentEvent) => void,
): (command: ExperimentCommand) => void {
  const worker = new Worker(new URL("./experiments.worker.ts", import.meta.url), {
    type: "module",
    name: "experiments",
  });
  worker.onmessage = ({ data }: MessageEvent<ExperimentEvent>) => onEvent(data);
  worker.onerror = (event) => {
    event.preventDefault();
    const message = `The worker of experiments stopped: ${event.message || "its script could not be loaded"}.`;
    onEvent({ type: "failed", message, remedy: "Reload the page and try again." });
  };
  return (command) => worker.postMessage(command);
}
