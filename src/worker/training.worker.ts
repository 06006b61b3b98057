/// <reference lib="webworker" />
import { Session } from "./session.ts";
import type { Command } from "./protocol.ts";

const session = new Session({
  gpu: navigator.gpu as GPU | undefined,
  post: (event, transfer) => self.postMessage(event, { transfer }),
});

self.onmessage = ({ data }: MessageEvent<Command>) => session.receive(data);
