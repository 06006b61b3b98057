/// <reference lib="webworker" />
import { keptExperiments } from "../runs/kept-experiments.ts";
import { build } from "./build.ts";
import { fetchWarmStart } from "./warm-start.ts";
import type { ExperimentCommand } from "./experiment-protocol.ts";
import { ExperimentSession } from "./experiment-session.ts";
import { storedFamilies } from "./stored-families.ts";
import { takeLock } from "./lock.ts";

// Experiments train beside the training worker, on a device of their own: the reader's run stays as it is.
const session = new ExperimentSession({
  gpu: navigator.gpu as GPU | undefined,
  build,
  families: storedFamilies(),
  database: keptExperiments(),
  warmStart: fetchWarmStart,
  lock: takeLock,
  post: (event) => self.postMessage(event),
});

self.onmessage = ({ data }: MessageEvent<ExperimentCommand>) => void session.receive(data);
