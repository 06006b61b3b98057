import type { Failure, Message, Reply, ReplyTo, Request } from "./protocol.ts";
import { RefusedError } from "./refused-error.ts";

interface Asked {
  resolve(value: unknown): void;
  reject(error: RefusedError): void;
}

/** The requests that wait for their answers: each gets its own, by its id. */
export class Requests {
  readonly #post: (message: Message) => void;
  readonly #asked = new Map<number, Asked>();
  #count = 0;

  constructor(post: (message: Message) => void) {
    this.#post = post;
  }

  /** Rejects with a RefusedError where the request cannot be done. */
  ask<R extends Request>(request: R): Promise<ReplyTo<R>> {
    return new Promise((resolve, reject) => {
      const id = this.#count++;
      // The worker answers a request with what `Replies` says of its type.
      this.#asked.set(id, { resolve: (value) => resolve(value as ReplyTo<R>), reject });
      this.#post({ type: "request", id, request });
    });
  }

  take(reply: Reply): void {
    const asked = this.#asked.get(reply.id);
    this.#asked.delete(reply.id);
    if ("failure" in reply) asked?.reject(new RefusedError(reply.failure));
    else asked?.resolve(reply.value);
  }

  /** Nobody is left who could answer. */
  refuseAll(failure: Failure): void {
    for (const { reject } of this.#asked.values()) reject(new RefusedError(failure));
    this.#asked.clear();
  }
}
