import { DivergedError } from "../engine/training/diverged.ts";
import { DeviceError } from "../engine/gpu/device.ts";
import { LimitError } from "../engine/gpu/limits.ts";
import { UserError } from "../base/user-error.ts";
import type { Failure } from "./protocol.ts";
import { SetUpLostError } from "./set-up-lost.ts";

/** A stored run could not be continued; the present one is as it was. */
export class NotResumedError extends UserError {
  constructor(message: string, remedy: string) {
    super(message, remedy);
    this.name = "NotResumedError";
  }
}

export const openElsewhere = (): NotResumedError =>
  new NotResumedError(
    "The run is open in another tab, and only one may train it.",
    "Go on there, or close that tab first.",
  );

/** The GPU was lost and the browser gives this page no other one. */
export class AdapterGoneError extends UserError {
  constructor(step: number, stored: boolean) {
    super(
      `The GPU was lost at step ${step}, and the browser gives this page no other one.`,
      stored
        ? "Reload the page: the run goes on from there by itself. Where it still finds no GPU, use the browser's own reload, F5."
        : "Reload the page; the run is not stored and begins again at step 0.",
    );
    this.name = "AdapterGoneError";
  }
}

/** What the page is told of an error, by the kinds that it has a face for. */
export function failureOf(error: unknown, step: number | null): Failure {
  const base = { fields: [], step, arm: null } as const;
  if (error instanceof DivergedError) {
    const { message, remedy, fields, arm } = error;
    return { ...base, kind: "diverged", message, remedy, fields, step: error.step, arm };
  }
  if (error instanceof DeviceError) {
    return { ...base, kind: error.kind, message: error.message, remedy: error.remedy };
  }
  if (error instanceof UserError) {
    const kind = kindOf(error);
    return { ...base, kind, message: error.message, remedy: error.remedy, fields: error.fields };
  }
  console.error(error);
  const message = error instanceof Error ? error.message : String(error);
  const shader = message.includes("does not compile");
  return {
    ...base,
    kind: shader ? "shader" : "bug",
    message: shader ? message : `Training stopped by a fault of this page: ${message}`,
    remedy: shader
      ? "Report it with the adapter's name; another browser version or adapter may accept the shader."
      : "The browser's console has the details; reload the page to go on.",
  };
}

function kindOf(error: UserError): Failure["kind"] {
  if (error instanceof SetUpLostError) return "set-up-lost";
  if (error instanceof LimitError) return "limits";
  if (error instanceof NotResumedError) return "not-resumed";
  return error instanceof AdapterGoneError ? "adapter-gone" : "config";
}
