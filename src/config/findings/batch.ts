import { task } from "../../tasks/registry.ts";
import { processesOf } from "../processes.ts";
import type { Rule } from "./fact.ts";

export const pairsForgetTheGap: Rule = ({ config, plan }) => {
  if (config.num_generations !== 2 || config.scale_rewards !== "group") return null;
  const rows = plan.generationBatchSize;
  return {
    id: "pairs-forget-the-gap",
    severity: "warning",
    message: "With num_generations 2 every advantage is about ±0.707, or 0.",
    reason:
      "Two rewards are always 0.707 standard deviations from their mean, however small the gap between them.",
    remedy: rows % 8 === 0 ? "Set num_generations to 8." : "Use larger groups.",
    patch: rows % 8 === 0 ? { num_generations: 8 } : null,
    fields: ["num_generations", "scale_rewards"],
  };
};

// The upper bound of steps_per_generation.
const MOST_STEPS = 256;

export const misalignedAccumulation: Rule = ({ plan, known }) => {
  if (!plan.misaligned) return null;
  const { gradientAccumulationSteps: GA, stepsPerGeneration, numIterations } = plan;
  const aligned = Math.ceil(stepsPerGeneration / GA) * GA;
  const possible =
    known("per_device_train_batch_size", "num_generations") &&
    aligned <= MOST_STEPS &&
    (plan.rowsPerMicroStep * aligned) % plan.numGenerations === 0;
  return {
    id: "misaligned-accumulation",
    severity: "warning",
    message: `An optimizer step takes ${GA} micro-batches and a rollout serves ${stepsPerGeneration * numIterations}, so some steps mix two rollouts.`,
    reason: "Part of such a step has ratios of 1 and part has not; TRL allows it.",
    remedy: `Set steps_per_generation to a multiple of gradient_accumulation_steps, e.g. ${aligned}.`,
    patch: possible ? { steps_per_generation: aligned, generation_batch_size: null } : null,
    fields: ["steps_per_generation", "gradient_accumulation_steps", "num_iterations"],
  };
};

/** What the page does with a batch of several processes. */
export const processesInOne: Rule = ({ config, plan }) => {
  const processes = processesOf(config);
  if (processes === 1) return null;
  const { per_device_train_batch_size: B, loss_type } = config;
  return {
    id: "processes-in-one",
    severity: "note",
    message: `The page computes the batch of ${processes} processes in one: ${B} × ${processes} = ${plan.rowsPerMicroStep} rows a micro-batch.`,
    reason:
      loss_type === "bnpo"
        ? "Of bnpo each process takes the mean over its own tokens, and here it is over all."
        : "TRL averages the gradients of its processes, which comes to the same.",
    remedy: "Nothing needs to be done; exports say how to launch as many.",
    patch: null,
    fields: ["num_processes", "per_device_train_batch_size"],
  };
};

export const answersDoNotFit: Rule = ({ config, run }) => {
  const needed = task(run.task).maxCompletionLength(run.difficulty);
  if (config.max_completion_length >= needed) return null;
  return {
    id: "answers-do-not-fit",
    severity: "warning",
    message: `max_completion_length is ${config.max_completion_length}; right answers of ${run.task} take up to ${needed} tokens, end included.`,
    reason: "The longest prompts cannot be answered, and their completions are truncated.",
    remedy: `Set max_completion_length to ${needed}.`,
    patch: { max_completion_length: needed },
    fields: ["max_completion_length", "difficulty"],
  };
};

export const filteredSampling: Rule = ({ config }) => {
  const { top_k, top_p, min_p } = config;
  const filters = [
    top_k > 0 ? `top_k ${top_k}` : "",
    top_p < 1 ? `top_p ${top_p}` : "",
    min_p !== null && min_p > 0 ? `min_p ${min_p}` : "",
  ].filter((text) => text !== "");
  if (filters.length === 0) return null;
  return {
    id: "filtered-sampling",
    severity: "note",
    message: `Tokens are sampled with ${filters.join(", ")}, and scored without.`,
    reason:
      "TRL computes log-probs from the unfiltered distribution, so the policy that is updated is not quite the one that was sampled.",
    remedy: "Turn the filters off.",
    patch: { top_k: 0, top_p: 1, min_p: null },
    fields: ["top_k", "top_p", "min_p"],
  };
};
