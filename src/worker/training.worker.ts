/// <reference lib="webworker" />
import { openRuns } from "../runs/database.ts";
import { build } from "./build.ts";
import { storedFamilies } from "./stored-families.ts";
import { takeLock } from "./lock.ts";
import type { Message } from "./protocol.ts";
import { Session } from "./session.ts";

const session = new Session({
  gpu: navigator.gpu as GPU | undefined,
  build,
  post: (event, transfer) => self.postMessage(event, { transfer }),
  families: storedFamilies(),
  openRuns: () => openRuns(),
  lock: takeLock,
});

self.onmessage = ({ data }: MessageEvent<Message>) => session.receive(data);
