import { z } from "./zod.ts";
import { named, type Field, type FieldType, type FieldValue, type GRPOTable } from "./field.ts";
import { lossBeyondTRL, optimizerBeyondTRL } from "./fields/beyond-trl.ts";
import { evaluation } from "./fields/evaluation.ts";
import { exportOnly } from "./fields/export-only.ts";
import { removedFields } from "./fields/removed-fields.ts";
import { generation } from "./fields/generation.ts";
import { logging } from "./fields/logging.ts";
import { loss } from "./fields/loss.ts";
import { optimizer } from "./fields/optimizer.ts";
import { policy, task } from "./fields/run.ts";
import { steps } from "./fields/steps.ts";
import { trainingArguments } from "./fields/training-arguments.ts";
import type { GRPOConfig, PolicyConfig } from "./types.ts";

// The type makes the compiler refuse a field of GRPOConfig that no group describes.
const grpo: GRPOTable = {
  ...generation,
  ...loss,
  ...lossBeyondTRL,
  ...optimizer,
  ...optimizerBeyondTRL,
  ...steps,
  ...evaluation,
  ...logging,
};

/** Every configuration field, in the order of the form. */
export const fields: readonly Field[] = [
  ...named("run", "Task", task),
  ...named("policy", "Policy", policy),
  ...named("grpo", "Generation", generation),
  ...named("grpo", "Loss and ratio", { ...loss, ...lossBeyondTRL }),
  ...named("grpo", "Optimiser", { ...optimizer, ...optimizerBeyondTRL }),
  ...named("grpo", "Steps and data", steps),
  ...named("grpo", "Evaluation", evaluation),
  ...named("grpo", "Logging", logging),
  ...named("export", "Export-only", { ...exportOnly, ...trainingArguments, ...removedFields }),
];

const byName = new Map(fields.map((each) => [each.name, each]));

/** The field of this name; undefined for a name that is no field. */
export const findField = (name: string): Field | undefined => byName.get(name);

/** Whether a configuration of TRL may have the field: one that is launched with is another's. */
export const isSettingOfTRL = ({ scope, launched }: Field): boolean =>
  (scope === "grpo" || scope === "export") && launched === undefined;

/** The field of this name; throws for a name that is no field. */
export function field(name: string): Field {
  const found = byName.get(name);
  if (!found) throw new RangeError(`no configuration field is named ${name}`);
  return found;
}

// Making a zod schema costs far more than using it.
const schemas = new WeakMap<FieldType, z.ZodMiniType<FieldValue>>();

/** Validates one value against a field's type and bounds. */
export function valueSchema(type: FieldType): z.ZodMiniType<FieldValue> {
  const known = schemas.get(type);
  if (known) return known;
  const schema = type.nullable ? z.nullable(bareSchema(type)) : bareSchema(type);
  schemas.set(type, schema);
  return schema;
}

/** No commas: several are written with commas between them. */
const word = z.string().check(z.regex(/^[^\s,{}[\]"](?:[^\n\r\0,]{0,398}[^\s,])?$/));

function bareSchema(type: FieldType): z.ZodMiniType<FieldValue> {
  switch (type.kind) {
    case "int":
      return z.int().check(z.minimum(type.min), z.maximum(type.max));
    case "float": {
      const { min, max, above = -Infinity, wholeFrom = Infinity } = type;
      return z.number().check(
        z.minimum(min),
        z.maximum(max),
        z.refine((value) => value > above),
        z.refine((value) => value < wholeFrom || Number.isInteger(value)),
      );
    }
    case "bool":
      return z.boolean();
    case "enum":
      return z.enum(type.values);
    case "text":
      return z.string().check(z.regex(type.pattern));
    case "list":
      return z
        .array(z.number().check(z.minimum(type.min), z.maximum(type.max)))
        .check(z.minLength(1), z.maxLength(16));
    case "words":
      return z.union([word, z.array(word).check(z.minLength(2), z.maxLength(16))]);
    case "map": {
      const map = z.record(z.string(), type.flat ? z.union([z.number(), z.string()]) : z.json());
      return type.orText ? z.union([map, word]) : map;
    }
  }
}

const objectOf = (scope: Field["scope"]) =>
  z.strictObject(
    Object.fromEntries(
      fields
        .filter((each) => each.scope === scope)
        .map(({ name, type, optional }) => [name, fieldSchema(type, optional)]),
    ),
  );

/** Of a field in its configuration, which may leave out an optional one. */
const fieldSchema = (type: FieldType, optional?: true) =>
  optional ? z.exactOptional(valueSchema(type)) : valueSchema(type);

// The two tables above are complete by their types, so an object that passes has the type.
/** Validates a whole `GRPOConfig`: types and bounds of each field; `checkConfig` does the rest. */
export const configSchema = objectOf("grpo") as unknown as z.ZodMiniType<GRPOConfig>;

/** A field's type without the page's upper bound, which is what a browser can train with. */
const withoutUpperBound = (type: FieldType): FieldType =>
  type.kind === "int" || type.kind === "float" || type.kind === "list"
    ? { ...type, max: type.kind === "int" ? Number.MAX_SAFE_INTEGER : Number.MAX_VALUE }
    : type;

const loggedSchemas = new Map(
  fields.map(({ name, type }) => [name, withoutUpperBound(type)] as const),
);

/**
 * Validates one value of a run that is looked at and never started, such as a log of a real
 * trainer's: lower bounds hold, upper ones do not.
 */
export function loggedValueSchema(name: string): z.ZodMiniType<FieldValue> {
  const type = loggedSchemas.get(name);
  if (!type) throw new RangeError(`no configuration field is named ${name}`);
  return valueSchema(type);
}

/** Validates a whole `GRPOConfig` in the same way. */
export const loggedConfigSchema = z.strictObject(
  Object.fromEntries(
    fields.flatMap(({ name, scope, type, optional }) =>
      scope === "grpo" ? [[name, fieldSchema(withoutUpperBound(type), optional)]] : [],
    ),
  ),
) as unknown as z.ZodMiniType<GRPOConfig>;

/** Validates a whole `PolicyConfig`. */
export const policySchema = objectOf("policy") as unknown as z.ZodMiniType<PolicyConfig>;

const defaultsOf = (scope: Field["scope"]) =>
  Object.fromEntries(
    fields
      .filter((each) => each.scope === scope && each.optional === undefined)
      .map(({ name, trlDefault }) => [name, trlDefault]),
  );

/** The defaults of TRL 1.13, without what a configuration may leave out. */
export const trlDefaults: GRPOConfig = configSchema.parse(defaultsOf("grpo"));

/** The defaults that Unsloth puts in their place, where they differ. */
export const unslothDefaults: Partial<GRPOConfig> = Object.fromEntries(
  Object.entries(grpo).flatMap(([name, { unslothDefault }]) =>
    unslothDefault === undefined ? [] : [[name, unslothDefault]],
  ),
);

/** The policy of the default task: about 20 thousand parameters. */
export const defaultPolicy: PolicyConfig = policySchema.parse(defaultsOf("policy"));
