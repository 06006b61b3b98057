import { openRuns, type TrainingDatabase } from "../../src/runs/database.ts";
import type {
  Command,
  ReplyTo,
  Request,
  SetUpRequest,
  WorkerEvent,
} from "../../src/worker/protocol.ts";
import { Requests } from "../../src/worker/requests.ts";
import { Session, type SessionHost } from "../../src/worker/session.ts";

if (!("indexedDB" in globalThis)) {
  const fake = await import("fake-indexeddb");
  Object.assign(globalThis, { ...fake, indexedDB: fake.indexedDB });
}

type Of<Type extends WorkerEvent["type"]> = Extract<WorkerEvent, { type: Type }>;

/** A page's training worker, without the page: what it posted, and a way to wait for more. */
export interface OpenSession {
  /** A request for a run is sent like a command: events say what comes of it. */
  send(command: Command | SetUpRequest): void;
  events: WorkerEvent[];
  /** The next event of a type from now on; rejects at a failure that comes first. */
  next<Type extends WorkerEvent["type"]>(type: Type): Promise<Of<Type>>;
  /** Sends, and waits for that event. */
  ask<Type extends WorkerEvent["type"]>(
    command: Command | SetUpRequest,
    type: Type,
  ): Promise<Of<Type>>;
  /** The answer to a request. */
  request<R extends Request>(request: R): Promise<ReplyTo<R>>;
}

const locks = new Set<string>();

export function openSession(
  name: string,
  { gpu = navigator.gpu, ...host }: Partial<SessionHost> = {},
): OpenSession {
  const events: WorkerEvent[] = [];
  const listeners = new Set<(event: WorkerEvent) => void>();
  const session = new Session({
    gpu,
    build: "test",
    post: (event) => {
      if (event.type === "reply") return requests.take(event);
      events.push(event);
      for (const listener of listeners) listener(event);
    },
    openRuns: (): Promise<TrainingDatabase> => openRuns(name),
    lock: async (wanted) => {
      if (locks.has(wanted)) return null;
      locks.add(wanted);
      return () => locks.delete(wanted);
    },
    ...host,
  });
  const requests = new Requests((message) => session.receive(message));
  const next: OpenSession["next"] = (type) =>
    new Promise((resolve, reject) => {
      const listener = (event: WorkerEvent): void => {
        if (event.type !== type && event.type !== "failed") return;
        listeners.delete(listener);
        if (event.type === type) resolve(event as Of<typeof type>);
        else reject(new Error(`${event.type}: ${JSON.stringify(event)}`));
      };
      listeners.add(listener);
    });
  const send: OpenSession["send"] = (command) => {
    if (command.type === "load" || command.type === "resume")
      requests.ask(command).catch(() => undefined);
    else session.receive(command);
  };
  const ask: OpenSession["ask"] = (command, type) => {
    const answer = next(type);
    send(command);
    return answer;
  };
  return { send, events, next, ask, request: (request) => requests.ask(request) };
}

/** Until the database has the session's run up to that step. */
export async function storedUpTo({ events, next }: OpenSession, step: number): Promise<void> {
  const isStored = () =>
    events.some((event) => event.type === "storage" && event.facts.step === step);
  while (!isStored()) await next("storage");
}

/** As when the browser ended a page: whoever opens the database next finds its locks free. */
export const freeLocks = (): void => locks.clear();
