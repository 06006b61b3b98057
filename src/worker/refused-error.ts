import { sentenceOf } from "../base/user-error.ts";
import type { Failure } from "./protocol.ts";

/** A request that was not done; the run is as the events say. */
export class RefusedError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(sentenceOf(failure));
    this.name = "RefusedError";
    this.failure = failure;
  }
}
