/// <reference lib="webworker" />
import { UserError } from "../base/user-error.ts";
import { openRuns } from "../runs/database.ts";
import { build } from "./build.ts";
import { storedFamilies } from "./stored-families.ts";
import { takeLock } from "./lock.ts";
import type { Message } from "./protocol.ts";
import { Session } from "./session.ts";

/** The first command says it, before anything is opened. */
let keeps = true;
const families = storedFamilies();

const session = new Session({
  gpu: navigator.gpu as GPU | undefined,
  build,
  post: (event, transfer) => self.postMessage(event, { transfer }),
  families: {
    get: async (key) => (keeps ? families.get(key) : undefined),
    set: async (key, value) => {
      if (keeps) await families.set(key, value);
    },
  },
  openRuns: async () => {
    if (!keeps) throw new UserError("A page in a frame keeps nothing.", "Open the whole page.");
    return openRuns();
  },
  // What is not kept is nobody else's, and frames of other sites may be refused locks.
  lock: async (name) => (keeps ? takeLock(name) : () => undefined),
});

self.onmessage = ({ data }: MessageEvent<Message>) => {
  if (data.type === "open") keeps = data.keepsNothing !== true;
  session.receive(data);
};
