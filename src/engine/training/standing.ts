import { microStep, type MicroStep, type StepPlan } from "../../config/step-plan.ts";
import type { GRPOConfig } from "../../config/types.ts";
import { ENTROPY_START, type EntropyControl } from "./entropy-controller.ts";
import { PLATEAU_START, type PlateauState } from "../optimizer/plateau.ts";
import type { TrainingRollout } from "./training-rollouts.ts";

/**
 * Where one arm stands, but for the bytes on the GPU: one plain object. What its next steps do follows
 * from `microIndex` and the configuration: config/step-plan.ts.
 */
export interface ArmStanding {
  /** Live changes included. */
  config: Readonly<GRPOConfig>;
  /** Changes that wait for the next rollout. */
  pending: Partial<GRPOConfig>;
  /** Micro-steps done since step 0. */
  microIndex: number;
  /** Tokens of all rollouts so far, prompts included. */
  numTokens: number;
  /** The rollout that the next steps learn from; null before the first. */
  generation: TrainingRollout | null;
  /** Half-width of the log-ratio histograms, in nats. */
  histogramRange: number;
  entropyController: EntropyControl;
  plateau: PlateauState;
}

/** Before the first step. */
export const START: Readonly<Omit<ArmStanding, "config" | "pending">> = {
  microIndex: 0,
  numTokens: 0,
  generation: null,
  histogramRange: 0.1,
  entropyController: ENTROPY_START,
  plateau: PLATEAU_START,
};

/** What the arm does next. */
export const nextMicroStep = (plan: StepPlan, { microIndex }: ArmStanding): MicroStep =>
  microStep(plan, microIndex);

/**
 * Between two steps: whether the next one spans two rollouts. The one in its middle then takes the
 * place of its first part.
 */
export function mixesRollouts(plan: StepPlan, { microIndex }: ArmStanding): boolean {
  const first = microStep(plan, microIndex);
  const last = microStep(plan, microIndex + first.accumulation - 1);
  return last.generation > first.generation;
}

/** What an arm is set to, changes that wait for a rollout included. */
export const settingsOf = ({
  state,
}: {
  state: Pick<ArmStanding, "config" | "pending">;
}): GRPOConfig => ({
  ...state.config,
  ...state.pending,
});

/** The standing in an object that has more. */
export function standingOf(at: Readonly<ArmStanding>): ArmStanding {
  // START has all of its fields but two.
  const names = ["config", "pending", ...Object.keys(START)] as (keyof ArmStanding)[];
  return Object.fromEntries(names.map((name) => [name, at[name]])) as unknown as ArmStanding;
}
