import { z } from "./zod.ts";
import { loggedConfigSchema, loggedValueSchema } from "../../config/schema.ts";
import { levels } from "../../config/types.ts";
import { HISTOGRAMS, type Quantities, type QuantityName } from "../../record/fields.ts";
import {
  entriesOf,
  histogramsOf,
  QUANTITY_NAMES,
  ROUTER_QUANTITIES,
  rowOf,
} from "../../record/quantities.ts";
import type { StepRecord } from "../../record/record.ts";
import { count, text } from "./run-schema.ts";

/** Cells of one record: a batch of 512 completions of 8,192 tokens. */
export const MAX_CELLS = 2 ** 22;
const MAX_BINS = 4096;

export const floats = z.instanceof(Float32Array<ArrayBuffer>);
export const words = z.instanceof(Uint32Array<ArrayBuffer>);
/** Any number, those that JSON has no word for included. */
export const number = z.union([z.number(), z.nan(), z.literal([Infinity, -Infinity])]);
export const numbers = z.record(text(200), number);

/** The schema of each quantity, of which those that may be absent are optional. */
type QuantitySchemas = {
  [N in keyof Quantities]-?: undefined extends Quantities[N]
    ? z.ZodExactOptional<z.ZodType<Exclude<Quantities[N], undefined>>>
    : z.ZodType<Quantities[N]>;
};

function schemaOf(name: QuantityName): z.ZodType {
  const { per, element, optional } = rowOf(name);
  const numbersOf = element === "u32" ? words : floats;
  const schema =
    per === "function"
      ? z.array(text(200)).max(64)
      : per === "function and row"
        ? z.array(numbersOf)
        : element === "text"
          ? z.array(text(100_000))
          : numbersOf;
  if (optional === undefined) return schema;
  return optional === "null" ? schema.nullable() : schema.exactOptional();
}

/** A record from a file: types, lengths and indices, so that nothing that draws it reads beyond. */
export const recordSchema: z.ZodType<StepRecord> = z
  .strictObject({
    textOnly: z.literal(true).exactOptional(),
    arm: text(100),
    level: z.enum(levels),
    step: count(),
    generation: count(),
    innerStep: count(),
    rows: count(65_536).min(1),
    columns: count(65_536).min(1),
    routing: z
      .strictObject({
        layers: z.array(count(4096)).min(1).max(4096),
        experts: count(65_536).min(1),
        perToken: count(65_536).min(1),
      })
      .exactOptional(),
    ...(Object.fromEntries(
      QUANTITY_NAMES.map((name) => [name, schemaOf(name)]),
    ) as QuantitySchemas),
    config: loggedConfigSchema,
    otherClip: z
      .strictObject({
        arm: text(100),
        epsilon: loggedValueSchema("epsilon") as z.ZodType<number>,
        epsilon_high: loggedValueSchema("epsilon_high") as z.ZodType<number | null>,
        delta: loggedValueSchema("delta") as z.ZodType<number | null>,
        dual_clip: z.exactOptional(loggedValueSchema("dual_clip") as z.ZodType<number | null>),
        cispo_floor: z.exactOptional(loggedValueSchema("cispo_floor") as z.ZodType<number>),
      })
      .exactOptional(),
    metrics: numbers,
    histograms: z.strictObject({
      range: z.number().positive(),
      bins: count(MAX_BINS).min(1),
      ...histogramsOf(() => words),
    }),
  })
  .superRefine((record, context) => {
    const wrong = wrongLength(record);
    if (wrong !== null) context.addIssue({ code: "custom", message: wrong });
  });

function wrongLength(record: StepRecord): string | null {
  const { rows, columns, histograms } = record;
  if (rows * columns > MAX_CELLS) return `has ${rows} × ${columns} tokens, more than ${MAX_CELLS}`;
  const lengths: [string, ArrayLike<unknown>, number][] = [
    ...QUANTITY_NAMES.flatMap((name) => lengthsOf(record, name)),
    ...HISTOGRAMS.map((name): [string, ArrayLike<unknown>, number] => [
      `histograms.${name}`,
      histograms[name],
      histograms.bins,
    ]),
  ];
  const wrong = lengths.find(([, values, length]) => values.length !== length);
  if (wrong) return `${wrong[0]} has ${wrong[1].length} entries, not ${wrong[2]}`;
  if (record.length.some((length) => length > columns)) return "length goes beyond columns";
  return wrongRoutes(record);
}

function wrongRoutes(record: StepRecord): string | null {
  const { routing, experts, expertsOld } = record;
  if (!routing) return null;
  const lacking = ROUTER_QUANTITIES.find((name) => record[name] === undefined);
  if (lacking) return `has routing and no ${lacking}`;
  const beyond = [experts, expertsOld].some((all) => all?.some((each) => each >= routing.experts));
  return beyond ? `an expert is not one of ${routing.experts}` : null;
}

/** The arrays that a quantity lies in, by what they are called, and how long they have to be. */
function lengthsOf(record: StepRecord, name: QuantityName): [string, ArrayLike<unknown>, number][] {
  const values: ArrayLike<unknown> | null | undefined = record[name];
  if (values === null || values === undefined) return [];
  const { rewards, rewardNames, rows } = record;
  switch (rowOf(name).per) {
    case "function":
      return [];
    case "function and row":
      return [
        [name, values, rewardNames.length],
        ...rewards.map((own, f): [string, ArrayLike<unknown>, number] => [
          `${name}[${f}]`,
          own,
          rows,
        ]),
      ];
    default:
      return [[name, values, entriesOf(name, record)]];
  }
}
