/**
 * The engine as a library: no React, no DOM; the caller hands in the device. docs/api.md says what it
 * gives, and changes with it: `npm run api`.
 */

// A run's configuration
export { checkConfig } from "./config/check.ts";
export {
  type Effect,
  type Field,
  type FieldGroup,
  fieldGroups,
  type FieldType,
  type FieldValue,
  type Removed,
  type Scope,
} from "./config/field.ts";
export type { Finding, Patch } from "./config/finding.ts";
export { type Preset, presets } from "./config/presets.ts";
export { type RunChanges, runFrom } from "./config/run-from.ts";
export { configSchema, fields, trlDefaults } from "./config/schema.ts";
export {
  type ArchitectureConfig,
  type ArchitectureName,
  architectures,
  type Llama3Scaling,
  type MixtureConfig,
  type RotaryScaling,
  type RouterReplay,
  routerReplays,
  type RoutingFields,
  type VisionConfig,
  type YarnScaling,
} from "./config/architecture.ts";
export { type StepPlan, stepPlan } from "./config/step-plan.ts";
export {
  type ArmConfig,
  type ClipBand,
  type GRPOConfig,
  type Level,
  levels,
  lossTypes,
  type LossType,
  type PolicyConfig,
  type RunConfig,
} from "./config/types.ts";
export {
  baselines,
  klEstimators,
  type Baseline,
  type FieldsBeyondTRL,
  type KlEstimator,
} from "./config/beyond-trl.ts";

// Tasks and rewards, the list's and one's own
export type { Random } from "./base/random.ts";
export { loadPainters } from "./tasks/picture-task.ts";
export { task, tasks } from "./tasks/registry.ts";
export type { RewardFunction, Sample, Task } from "./tasks/task.ts";
export { type Reward, withRewards } from "./tasks/with-rewards.ts";

// The device
export {
  type Acquired,
  DeviceError,
  type DeviceFailure,
  requestDevice,
} from "./engine/gpu/device.ts";
export { type Family, families } from "./engine/gpu/family.ts";
export { LimitError } from "./engine/gpu/limits.ts";

// Training
export { createRun, type Run, type StoppedRun } from "./engine/run/run.ts";
export type { RunOptions } from "./engine/run/set-up.ts";
export type { Progress } from "./base/progress.ts";
export type { RunArm } from "./engine/run/run-arm.ts";
export type { MemoryGroup, MemoryPlan } from "./engine/run/memory-plan.ts";
export type { Counterfactual, VirtualStep } from "./engine/training/counterfactual.ts";
export type { PictureAttention } from "./engine/training/picture-attention.ts";
export type { RouteScores } from "./engine/training/route-scores.ts";
export { DivergedError } from "./engine/training/diverged.ts";
export {
  warmStart,
  type WarmStartOptions,
  type WarmStartResult,
} from "./engine/training/warm-start.ts";

// What a step was
export {
  type Cells,
  type HistogramName,
  HISTOGRAMS,
  QUANTITIES,
  type Quantities,
  type Quantity,
  type QuantityName,
  type QuantityWith,
} from "./record/fields.ts";
export type { Answer, ArmAnswers } from "./record/answers.ts";
export {
  type OtherClip,
  type RatioHistograms,
  type RecordRouting,
  recordToJson,
  type StepRecord,
  type StepReport,
} from "./record/record.ts";

// Where a run stands
export type { EntropyControl } from "./engine/training/entropy-controller.ts";
export type { ArmStanding } from "./engine/training/standing.ts";
export type { SlotFlags } from "./engine/training/batch-slots.ts";
export type { RoutesOf } from "./engine/training/route-slots.ts";
export type { Estimate } from "./engine/training/advantage-estimator.ts";
export type { Rollout } from "./engine/training/rollout.ts";
export type { ObjectiveQuantity } from "./engine/objective/objective.ts";
export type { ScoredRollout } from "./engine/training/scored-rollout.ts";
export type { TrainingRollout as Generation } from "./engine/training/training-rollouts.ts";
export type { PlateauState } from "./engine/optimizer/plateau.ts";
export {
  type AnyRunCheckpoint,
  type ArmCheckpoint,
  type ArmCheckpoint1,
  CHECKPOINT_VERSION,
  type RunCheckpoint,
  type RunCheckpoint1,
} from "./engine/training/checkpoint.ts";

// The objective on numbers of one's own
export {
  type AdvantageResult,
  evaluateAdvantages,
  evaluateObjective,
  type ObjectiveBatch,
  type ObjectiveQuantities,
  type ObjectiveResult,
} from "./engine/objective/evaluate.ts";
export type { AdvantageConfig } from "./engine/objective/advantages.ts";
export {
  objectiveFields,
  type ObjectiveConfig,
  type ObjectiveScope,
} from "./engine/objective/settings.ts";

// Files of weights
export { decodeSafetensors, encodeSafetensors, type Tensor } from "./engine/policy/safetensors.ts";

// What went wrong
export { UserError } from "./base/user-error.ts";
