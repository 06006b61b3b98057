/** The engine as a library: no React, no DOM. The caller hands in the device. */
export { checkConfig } from "./config/check.ts";
export { presets } from "./config/presets.ts";
export { runFrom } from "./config/run-from.ts";
export { configSchema, fields, trlDefaults } from "./config/schema.ts";
export { stepPlan } from "./config/step-plan.ts";
export type { ArmConfig, GRPOConfig, Level, LossType, RunConfig } from "./config/types.ts";
export type { RunCheckpoint, AnyRunCheckpoint } from "./engine/training/checkpoint.ts";
export { requestDevice } from "./engine/gpu/device.ts";
export { evaluateObjective } from "./engine/objective/evaluate.ts";
export { decodeSafetensors, encodeSafetensors } from "./engine/policy/safetensors.ts";
export { recordToJson, type StepRecord } from "./record/record.ts";
export { tasks } from "./tasks/registry.ts";
export { createRun, type Run } from "./engine/run/trainer.ts";
export { UserError } from "./base/user-error.ts";
