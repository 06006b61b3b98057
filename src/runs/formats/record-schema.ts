import { z } from "./zod.ts";
import { loggedConfigSchema } from "../../config/schema.ts";
import { levels } from "../../config/types.ts";
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
    prompt: z.array(text(100_000)),
    completion: z.array(text(100_000)),
    group: words,
    length: words,
    truncated: words,
    tokens: words,
    mask: words,
    logp: floats,
    logpOld: floats,
    logpRef: floats.nullable(),
    logpSampled: floats,
    entropy: floats,
    logRatio: floats,
    tokenRatio: floats,
    sequenceRatio: floats,
    tokenClipped: words,
    sequenceClipped: words,
    advantage: floats,
    tokenCoefficient: floats,
    sequenceCoefficient: floats,
    coefficient: floats,
    gradient: floats,
    rewardNames: z.array(text(200)).max(64),
    rewards: z.array(floats),
    reward: floats,
    config: loggedConfigSchema,
    otherClip: z
      .strictObject({
        arm: text(100),
        epsilon: z.number().min(0).max(10),
        epsilon_high: z.number().min(0).max(100).nullable(),
        delta: z.number().positive().max(1000).nullable(),
      })
      .exactOptional(),
    metrics: numbers,
    histograms: z.strictObject({
      range: z.number().positive(),
      bins: count(MAX_BINS).min(1),
      token: words,
      tokenClipped: words,
      sequence: words,
      sequenceClipped: words,
    }),
  })
  .superRefine((record, context) => {
    const wrong = wrongLength(record);
    if (wrong !== null) context.addIssue({ code: "custom", message: wrong });
  });

function wrongLength(record: StepRecord): string | null {
  const { rows, columns, histograms, rewardNames, rewards } = record;
  if (rows * columns > MAX_CELLS) return `has ${rows} × ${columns} tokens, more than ${MAX_CELLS}`;
  const perToken = rows * columns;
  const lengths: [string, ArrayLike<unknown>, number][] = [
    ...(["prompt", "completion", "group", "length", "truncated", "reward"] as const).map(
      sized(rows),
    ),
    ...(["sequenceRatio", "sequenceClipped", "advantage", "sequenceCoefficient"] as const).map(
      sized(rows),
    ),
    ...(["tokens", "mask", "logp", "logpOld", "logpSampled", "entropy"] as const).map(
      sized(perToken),
    ),
    ...(["logRatio", "tokenRatio", "tokenClipped", "tokenCoefficient"] as const).map(
      sized(perToken),
    ),
    ...(["coefficient", "gradient"] as const).map(sized(perToken)),
    ["logpRef", record.logpRef ?? { length: perToken }, perToken],
    ["rewards", rewards, rewardNames.length],
    ...rewards.map((values, f): [string, ArrayLike<unknown>, number] => [
      `rewards[${f}]`,
      values,
      rows,
    ]),
    ...(["token", "tokenClipped", "sequence", "sequenceClipped"] as const).map(
      (name): [string, ArrayLike<unknown>, number] => [
        `histograms.${name}`,
        histograms[name],
        histograms.bins,
      ],
    ),
  ];
  const wrong = lengths.find(([, values, length]) => values.length !== length);
  if (wrong) return `${wrong[0]} has ${wrong[1].length} entries, not ${wrong[2]}`;
  if (record.length.some((length) => length > columns)) return "length goes beyond columns";
  return null;

  function sized(length: number) {
    return (
      name: Exclude<keyof StepRecord, "histograms">,
    ): [string, ArrayLike<unknown>, number] => [name, record[name] as ArrayLike<unknown>, length];
  }
}
