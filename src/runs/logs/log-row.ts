import type { GRPOConfig } from "../../config/types.ts";
import { z } from "../formats/zod.ts";
import { faultOf } from "./log-json.ts";

/** Characters in one line, tokens in one completion and in the whole log, completions of a step. */
export const LOG_LIMITS = { line: 2 ** 25, columns: 16_384, tokens: 2 ** 21, rows: 4096 };

/** One completion of an optimizer step, under the names that TRL's trainer has for its tensors. */
export interface LogRow {
  step: number;
  prompt: string;
  completion: string;
  /** Ids of its tokens. The arrays below have an entry for each. */
  completion_ids: readonly number[];
  /** Texts of its tokens. */
  completion_tokens: readonly string[] | null;
  /** 1 where the token counts: the completion's mask times the tools' and the environment's. */
  completion_mask: readonly number[] | null;
  per_token_logps: readonly number[];
  /** Null: on-policy, every ratio is 1. */
  old_per_token_logps: readonly number[] | null;
  ref_per_token_logps: readonly number[] | null;
  /** Of a sampler that is not the trainer, such as vLLM; null where it could not score a token. */
  sampling_per_token_logps: readonly (number | null)[] | null;
  /** What the loss of each token is multiplied by because that sampler drew it; null: nothing. */
  importance_sampling_ratio: readonly number[] | null;
  entropies: readonly number[] | null;
  advantage: number | null;
  /** By function; null where it said nothing. */
  rewards: Readonly<Record<string, number | null>> | null;
  truncated: boolean;
}

/** Rows that the trainer took through the loss at once. */
export interface LogMicroBatch {
  step: number;
  /** The trainer's configuration at the time. */
  config: GRPOConfig;
  /** Rank of the process that had it. */
  process: number;
  rows: readonly LogRow[];
  /** Tokens that count in the whole rollout, of all processes: TRL's `num_items_in_batch`. */
  numItems: number | null;
  /** The entropy bonus' coefficient that was in force. */
  entropyCoef: number | null;
}

export const stepNumber = z.number().int().min(0).max(1e9);
export const tokenIds = z
  .array(z.number().int().min(0).max(0xffff_ffff))
  .min(1)
  .max(LOG_LIMITS.columns);
export const tokenTexts = z.array(z.string().max(200));
export const tokenMask = z.array(z.union([z.literal([0, 1]), z.boolean()]));
export const logps = z.array(z.number()).max(LOG_LIMITS.columns);
/** A token that the sampler could not score is NaN, and counts as if nothing had moved. */
export const sampledLogps = z
  .array(z.union([z.number(), z.nan().transform(() => null), z.null()]))
  .max(LOG_LIMITS.columns);
export const itemCount = z.number().min(0).max(1e12);
/** A reward function that returned nothing is NaN in the trainer's tensor. */
export const reward = z.union([z.number(), z.nan().transform(() => null), z.null()]);

const rowSchema = z.object({
  step: stepNumber,
  prompt: z.string().max(100_000).default(""),
  completion: z.string().max(100_000).nullish(),
  completion_ids: tokenIds,
  completion_tokens: tokenTexts.nullish(),
  completion_mask: tokenMask.nullish(),
  tool_mask: tokenMask.nullish(),
  env_mask: tokenMask.nullish(),
  per_token_logps: logps,
  old_per_token_logps: logps.nullish(),
  ref_per_token_logps: logps.nullish(),
  sampling_per_token_logps: sampledLogps.nullish(),
  importance_sampling_ratio: z.union([z.number(), logps]).nullish(),
  entropies: logps.nullish(),
  advantage: z.number().nullish(),
  rewards: z.record(z.string().max(200), reward).nullish(),
  truncated: z.boolean().default(false),
  num_items_in_batch: itemCount.nullish(),
});

/** Fields of a completion's line that are read. */
export const ROW_FIELDS: ReadonlySet<string> = new Set(Object.keys(rowSchema.shape));

/** The completion in a line of its own; `wrong` makes the error that names the line. */
export function rowOf(
  value: unknown,
  wrong: (why: string) => Error,
): { row: LogRow; numItems: number | null } {
  const parsed = rowSchema.safeParse(value);
  if (!parsed.success) throw wrong(faultOf(value, parsed.error));
  const {
    completion,
    completion_mask,
    tool_mask,
    env_mask,
    importance_sampling_ratio: ratio,
    num_items_in_batch: numItems,
    ...given
  } = parsed.data;
  const length = given.completion_ids.length;
  const masks = { completion_mask, tool_mask, env_mask };
  const masked = Object.values(masks).some((mask) => mask != null);
  const row: LogRow = {
    ...given,
    completion: completion ?? given.completion_tokens?.join("") ?? "",
    completion_tokens: given.completion_tokens ?? null,
    completion_mask: masked ? countingMask(masks, length, wrong) : null,
    old_per_token_logps: given.old_per_token_logps ?? null,
    ref_per_token_logps: given.ref_per_token_logps ?? null,
    sampling_per_token_logps: given.sampling_per_token_logps ?? null,
    importance_sampling_ratio: ratio == null ? null : perToken(ratio, length),
    entropies: given.entropies ?? null,
    advantage: given.advantage ?? null,
    rewards: given.rewards ?? null,
  };
  return { row, numItems: numItems ?? null };
}

type Mask = readonly (0 | 1 | boolean)[];

/** The product of the masks that there are: a token counts where each of them says so. */
export function countingMask(
  masks: Readonly<Record<string, Mask | null | undefined>>,
  length: number,
  wrong: (why: string) => Error,
): number[] {
  const product = new Array<number>(length).fill(1);
  for (const [name, mask] of Object.entries(masks)) {
    if (mask == null) continue;
    if (mask.length !== length) {
      throw wrong(`${name} has ${mask.length} entries; completion_ids has ${length}`);
    }
    mask.forEach((counts, t) => (product[t]! *= Number(counts)));
  }
  return product;
}

/** A value for each token; a sequence's one value holds for all of them. */
export function perToken(value: number | readonly number[], length: number): readonly number[] {
  if (typeof value === "number") return new Array<number>(length).fill(value);
  const [only] = value;
  return value.length === 1 && only !== undefined ? perToken(only, length) : value;
}
