import { batchProblems } from "../batch-checks.ts";
import { guarded, type Known } from "../guard.ts";
import { processCount, processesOf } from "../processes.ts";
import { lazyPlan, type StepPlan } from "../step-plan.ts";
import { armConfig, type GRPOConfig, type RunConfig } from "../types.ts";

/** A run's schedule in one line: what a rollout is, what is made of it, and how long it goes on. */
export function scheduleLine(run: RunConfig, known: Known): string {
  const [arm] = run.arms;
  if (arm === undefined) return "";
  const config = armConfig(run, arm);
  const guard = guarded(run, known);
  /** A part of the line; its alternative where it rests on a field that was not read. */
  const part = (say: (plan: StepPlan, config: GRPOConfig) => string, otherwise: string): string =>
    guard(config, (watched) => {
      const plan = lazyPlan(watched, run.datasetSize);
      return [{ ...NOTHING, message: say(plan, watched) }];
    })[0]?.message ?? otherwise;
  const refused = guard(config, (watched) => batchProblems(watched, run.datasetSize)).some(
    ({ id }) => id !== "dataset-too-small",
  );
  if (refused) return "TRL refuses these batch sizes, so there is no schedule.";
  const parts = [
    part(
      ({ generationBatchSize }) => `${count(generationBatchSize, "completion")} per rollout`,
      "completions per rollout not known",
    ),
    part(
      ({ promptsPerGeneration, numGenerations }) =>
        `${count(promptsPerGeneration, "prompt")} × ${count(numGenerations, "completion")}`,
      "prompts not known",
    ),
    part(sayUpdates, "optimizer steps per rollout not known"),
    part(({ numIterations }) => count(numIterations, "pass", "passes"), "passes not known"),
    part(
      ({ onPolicy }) => (onPolicy ? "on-policy" : "off-policy after a rollout's first step"),
      "on-policy or not is not known",
    ),
    part(
      ({ totalSteps }, watched) =>
        watched.max_steps > 0
          ? `${count(totalSteps, "step")} in all`
          : `${count(totalSteps, "step")} in all with the ${run.datasetSize} prompts of this page`,
      "steps in all not known",
    ),
  ];
  return `Schedule for ${processCount(processesOf(config))}: ${parts.join(" · ")}.`;
}

function sayUpdates({ microStepsPerGeneration, gradientAccumulationSteps }: StepPlan): string {
  const steps = microStepsPerGeneration / gradientAccumulationSteps;
  if (Number.isInteger(steps)) return `${count(steps, "optimizer step")} per rollout`;
  return steps < 1 && Number.isInteger(1 / steps)
    ? `1 optimizer step per ${1 / steps} rollouts`
    : `${Math.round(100 * steps) / 100} optimizer steps per rollout on average`;
}

const count = (value: number, one: string, many = `${one}s`): string =>
  `${value.toLocaleString("en")} ${value === 1 ? one : many}`;

const NOTHING = {
  id: "schedule",
  severity: "note",
  reason: "",
  remedy: "",
  patch: null,
  fields: [],
} as const;
