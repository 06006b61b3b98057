import { type FormerRun, MOST_PROCESSES } from "../../config/processes.ts";
import { z } from "./zod.ts";
import { isLargeScale } from "../../config/large-scale.ts";
import {
  fields,
  findField,
  loggedConfigSchema,
  policySchema,
  valueSchema,
} from "../../config/schema.ts";
import { ARM_NAME, type GRPOConfig } from "../../config/types.ts";
import { isPicture } from "../../tasks/picture.ts";
import { tasks } from "../../tasks/registry.ts";

// What a run's configuration in a file from elsewhere may be. Objects keep the order of their keys
// only in what was read, so these schemas check and the caller keeps what it read.

export const text = (most: number) => z.string().max(most);
export const count = (most = 1e12) => z.number().int().min(0).max(most);

/** A picture as it is written in a prompt: a letter for each of up to a hundred thousand pixels. */
export const picture = text(100_000).refine(isPicture, "is no picture");
/** Token texts of a prompt, of which a picture is one. */
export const promptTokens = z.array(z.union([text(200), picture])).max(65_536);

/** Some fields of `GRPOConfig`, each within its bounds. */
export const someFields = z.record(z.string(), z.unknown()).refine(
  (given) =>
    Object.entries(given).every(([name, value]) => {
      const field = findField(name);
      return field?.scope === "grpo" && valueSchema(field.type).safeParse(value).success;
    }),
  "has a field that is none, or out of its bounds",
) as unknown as z.ZodType<Partial<GRPOConfig>>;

export const armSchema = z.strictObject({
  name: z.string().regex(ARM_NAME),
  overrides: someFields,
});

/** Runs from before mixtures kept router_aux_loss_coef for the export alone. */
const exportNames = new Set(
  fields
    .filter(({ scope, name }) => scope === "export" || name === "router_aux_loss_coef")
    .map(({ name }) => name),
);

/** Token texts of an imported log may be any; a policy's vocabulary is its task's. */
export const MAX_VOCABULARY = 300_000;

export const runSchema: z.ZodType<FormerRun> = z.strictObject({
  preset: text(100),
  task: z.enum(tasks.map(({ id }) => id)),
  difficulty: count(64),
  policy: policySchema,
  // A run that is to be started has its upper bounds checked by `checkConfig`.
  grpo: loggedConfigSchema,
  arms: z.array(armSchema).min(1).max(16),
  warmStart: text(100).nullable(),
  datasetSize: count(1_000_000).min(1),
  evaluationSize: count(1_000_000).min(1),
  exportOnly: z
    .record(
      z.string().refine((name) => exportNames.has(name) || isLargeScale(name), "is no field"),
      z.json(),
    )
    .optional(),
  vocabulary: z.array(text(200)).max(MAX_VOCABULARY).optional(),
  processes: count(MOST_PROCESSES).min(2).exactOptional(),
  configKnown: z.literal(false).exactOptional(),
});
