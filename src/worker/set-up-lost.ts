import { bytesText, LimitError } from "../engine/gpu/limits.ts";
import type { Taken } from "./much-taken.ts";
import type { Failure } from "./protocol.ts";

/** `lost`: what was, as a sentence begins. */
export class SetUpLostError extends LimitError {
  constructor(lost: string, { bytes, fields }: Taken) {
    const taken = bytesText(bytes);
    super(
      `${lost} before the first step of a run that takes ${taken} of the GPU’s memory.`,
      fields,
    );
    this.name = "SetUpLostError";
  }
}

/** The same as the page tells it of itself. */
export function setUpLost(lost: string, taken: Taken): Failure {
  const { message, remedy, fields } = new SetUpLostError(lost, taken);
  return { kind: "set-up-lost", message, remedy, fields, step: null, arm: null };
}
