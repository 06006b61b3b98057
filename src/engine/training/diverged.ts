import { UserError } from "../../base/user-error.ts";

/** Training met a number that is not finite; the weights are those of the step before. */
export class DivergedError extends UserError {
  readonly arm: string;
  /** The optimizer step that met it, from 1; it counts. */
  readonly step: number;

  constructor(arm: string, step: number, what: string, learningRate: number) {
    super(
      `The ${arm} arm diverged at step ${step}: ${what}. Its weights are those of step ${step - 1}.`,
      `Lower learning_rate (now ${learningRate.toExponential()}) or max_grad_norm, then continue or reset.`,
      ["learning_rate", "max_grad_norm"],
    );
    this.name = "DivergedError";
    this.arm = arm;
    this.step = step;
  }
}
