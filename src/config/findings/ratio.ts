import type { Fact } from "../finding.ts";
import { clips } from "../loss-types.ts";
import { upperEpsilon } from "../clip-band.ts";
import { isSequence, type Rule, type Subject } from "./fact.ts";

/** Clip ranges that clip some ratios and not most, at toy scale. */
const SUITS_TOKENS = { epsilon: 0.2, epsilon_high: null };
const SUITS_SEQUENCES = { epsilon: 0.03, epsilon_high: null };

/** Four slices of a rollout where there are prompts for it, as in the paper; else four passes. */
function fourStepsPerRollout({
  config,
  plan,
  run,
  known,
}: Subject): Pick<Fact, "remedy" | "patch"> {
  if (!known("per_device_train_batch_size", "num_generations", "generation_batch_size")) {
    return {
      remedy: "Set num_iterations, or steps_per_generation over gradient_accumulation_steps, to 4.",
      patch: null,
    };
  }
  const slices = 4 * plan.gradientAccumulationSteps;
  const prompts = (plan.rowsPerMicroStep * slices) / config.num_generations;
  const fits = slices <= 256 && Number.isInteger(prompts) && prompts <= run.datasetSize;
  if (config.generation_batch_size !== null || !fits) {
    return { remedy: "Go through each rollout four times.", patch: { num_iterations: 4 } };
  }
  return {
    remedy: "Take four optimizer steps from each rollout.",
    patch: { steps_per_generation: slices },
  };
}

/** With vLLM old log-probs are computed apart from the new ones, which may round otherwise. */
const computedApart = ({ launch, known }: Subject): boolean =>
  !known("use_vllm") || launch.kept("use_vllm") === true;

export const ratioIsAlwaysOne: Rule = (subject) => {
  const { config, plan } = subject;
  if (!plan.onPolicy) return null;
  const { importance_sampling_level: level, num_iterations } = config;
  const effect = isSequence(config)
    ? `importance_sampling_level="${level}" changes nothing and ε clips nothing.`
    : "ε clips nothing, and sequence level would do the same.";
  return {
    id: "ratio-always-one",
    severity: isSequence(config) ? "warning" : "note",
    message: `Every ratio is ${computedApart(subject) ? "1 but for rounding" : "exactly 1"}, so ${effect}`,
    reason: `Each rollout serves ${plan.stepsPerGeneration} × num_iterations ${num_iterations} micro-batches, and gradient_accumulation_steps ${plan.gradientAccumulationSteps} takes them all into one optimizer step.`,
    ...fourStepsPerRollout(subject),
    fields: [
      "num_iterations",
      "steps_per_generation",
      "gradient_accumulation_steps",
      "importance_sampling_level",
    ],
  };
};

export const sequenceNeverClips: Rule = ({ config, plan }) => {
  const range = Math.min(config.epsilon, upperEpsilon(config));
  if (plan.onPolicy || !isSequence(config) || !clips(config) || range < 0.1) return null;
  return {
    id: "sequence-never-clips",
    severity: "warning",
    message: `ε of ${range} on a sequence ratio hardly ever clips at the learning rates of real models.`,
    reason:
      "A sequence ratio is the geometric mean of its token ratios: there it stays within a few percent of 1, and the GSPO paper has 3e-4 and 4e-4. A toy run with a large learning rate moves more and suits about 0.03; the figure shows the share that is clipped.",
    remedy: "Set ε to 0.03 on both sides.",
    patch: SUITS_SEQUENCES,
    fields: ["epsilon", "epsilon_high", "importance_sampling_level"],
  };
};

export const tokenClipsNearlyAll: Rule = ({ config, plan }) => {
  const range = Math.max(config.epsilon, upperEpsilon(config));
  if (plan.onPolicy || isSequence(config) || !clips(config) || range > 5e-3) return null;
  return {
    id: "token-clips-nearly-all",
    severity: "warning",
    message: `ε of ${range} on token ratios cuts tokens that have hardly moved.`,
    reason:
      "Values like 3e-4 are for sequence ratios; single tokens move further than that even at small learning rates, and by several percent in a toy run. A clip acts on one side only, so tokens that move the other way are kept.",
    remedy: "Set ε to 0.2 on both sides.",
    patch: SUITS_TOKENS,
    fields: ["epsilon", "epsilon_high", "importance_sampling_level"],
  };
};

export const paperEpsilonOnToy: Rule = ({ config, plan }) => {
  const range = Math.max(config.epsilon, upperEpsilon(config));
  if (plan.onPolicy || !isSequence(config) || !clips(config)) return null;
  if (range > 2e-3 || config.learning_rate < 5e-5) return null;
  return {
    id: "paper-epsilon-on-toy",
    severity: "note",
    message: `ε of ${config.epsilon} and ${upperEpsilon(config)} clips more than half of the rows at a learning rate of ${config.learning_rate}.`,
    reason:
      "The GSPO paper's range belongs to learning rates near 1e-6; one step of a toy moves a sequence ratio by percents.",
    remedy: "Set ε to 0.03 on both sides.",
    patch: SUITS_SEQUENCES,
    fields: ["epsilon", "epsilon_high", "learning_rate"],
  };
};

export const deltaBelowClip: Rule = ({ config }) => {
  const { delta } = config;
  const upper = 1 + upperEpsilon(config);
  if (delta === null || !clips(config) || delta > upper) return null;
  return {
    id: "delta-below-clip",
    severity: "warning",
    message: `delta (${delta}) is not above 1 + epsilon_high (${upper}).`,
    reason:
      "It caps the unclipped ratio before the two are compared, and cuts rows with a positive advantage too.",
    remedy: "Set delta to 4.",
    patch: { delta: Math.max(4, Math.ceil(upper + 1)) },
    fields: ["delta", "epsilon_high"],
  };
};
