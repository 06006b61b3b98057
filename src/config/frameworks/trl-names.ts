import type { FieldValue } from "../field.ts";
import type { PlainValue } from "../python/written.ts";
import { findField, valueSchema } from "../schema.ts";
import { count, counted } from "./mark.ts";
import { derived, exact, near, notTaken, same, type Codec } from "./rules.ts";
import type { Given, Outcome, Rule, Theirs, Whole } from "./types.ts";

/** A field under TRL's own values, whatever its type: bounds of the page do not hold. */
export const asTRL = (field: string): Codec => ({
  read(value) {
    const type = findField(field)?.type;
    if (type === undefined) return undefined;
    if (type.kind === "enum") {
      const word = typeof value === "string" ? value : JSON.stringify(value);
      const known = type.aliases?.[word.toLowerCase()] ?? word;
      return type.values.includes(known) || field === "optim" || field === "lr_scheduler_type"
        ? known
        : undefined;
    }
    if (type.kind === "int" || type.kind === "float") {
      return typeof value === "number" || (value === null && type.nullable) ? value : undefined;
    }
    return valueSchema(type).safeParse(value).success ? (value as FieldValue) : undefined;
  },
  write: (value) => value as PlainValue,
});

/** Fields that a framework has under TRL's names, or others, with its own defaults. */
export const underTRLNames = (
  prefix: string,
  usual: Readonly<Record<string, PlainValue | undefined>>,
  names: Readonly<Record<string, string>> = {},
  codecs: Readonly<Record<string, Codec>> = {},
): Rule[] =>
  Object.entries(usual).map(([field, value]) =>
    same({
      key: `${prefix}${names[field] ?? field}`,
      field,
      usual: value,
      codec: codecs[field] ?? asTRL(field),
    }),
  );

/** What a framework that builds on TRL's trainer calls its sizes; null: it has no such setting. */
export interface BatchKeys {
  rows: string;
  accumulated: string;
  slices: string | null;
  rollout: string | null;
  /** Where the number of processes stands; null: not in its files. */
  processes: string | null;
  usual: { rows: number; accumulated: number };
}

/** TRL's own sizes: completions, per process. */
export function trlBatch(keys: BatchKeys): Rule {
  const { rows, accumulated, slices, rollout, processes, usual } = keys;
  const optional = [slices, rollout, processes].filter((key) => key !== null);
  return derived({
    fields: [
      "per_device_train_batch_size",
      "gradient_accumulation_steps",
      "steps_per_generation",
      "generation_batch_size",
      "num_processes",
    ],
    keys: {
      [rows]: usual.rows,
      [accumulated]: usual.accumulated,
      ...Object.fromEntries(optional.map((key) => [key, null])),
    },
    read: (given) => readBatch(given, keys),
    write: (whole) => ({ settings: writeBatch(whole, keys) }),
  });
}

function readBatch(given: Given, keys: BatchKeys): Outcome[] {
  const B = given.number(keys.rows);
  const GA = given.number(keys.accumulated);
  const optional = (key: string | null): number | null =>
    key === null || given.value(key) == null ? null : given.number(key);
  const P = optional(keys.processes) ?? 1;
  const N = optional(keys.rollout);
  const slices = optional(keys.slices);
  const update = B * GA * P;
  const all = N ?? B * P * (slices ?? GA);
  const per = `${count(B)} rows × ${counted(P, "process")}`.replace("processs", "processes");
  return [
    exact(
      keys.rows,
      { per_device_train_batch_size: B },
      "Completions of one process and one micro-batch.",
    ),
    exact(
      keys.accumulated,
      { gradient_accumulation_steps: GA },
      `${per} × ${count(GA)} = ${counted(update, "completion")} per update.`,
    ),
    ...(keys.slices !== null && slices !== null
      ? [
          exact(
            keys.slices,
            N === null ? { steps_per_generation: slices } : {},
            `Micro-batches: ${per} × ${count(slices)} = ${counted(B * P * slices, "completion")} per rollout, ${updates(all / update)}.`,
          ),
        ]
      : []),
    ...(keys.rollout !== null && N !== null
      ? [
          exact(
            keys.rollout,
            { generation_batch_size: N },
            `Completions, as in TRL: ${count(N)} / ${count(update)} = ${updates(all / update)}.`,
          ),
        ]
      : []),
    ...(keys.processes !== null && given.stated(keys.processes)
      ? [
          exact(
            keys.processes,
            { num_processes: P },
            "Processes that train together: TRL's batch counts the rows of all.",
          ),
        ]
      : []),
  ];
}

const updates = (value: number): string =>
  `${Number.isInteger(value) ? counted(value, "update") : `${value.toPrecision(3)} updates`} per rollout`;

function writeBatch({ values, number }: Whole, keys: BatchKeys): Theirs {
  const { steps_per_generation: slices, generation_batch_size: rollout } = values;
  const plain = {
    [keys.rows]: number("per_device_train_batch_size"),
    [keys.accumulated]: number("gradient_accumulation_steps"),
    ...(keys.processes !== null && values.num_processes !== undefined
      ? { [keys.processes]: number("num_processes") }
      : {}),
  };
  const P = Number(values.num_processes ?? 1);
  if (typeof rollout === "number" && keys.rollout !== null)
    return { ...plain, [keys.rollout]: rollout };
  if (typeof slices !== "number") return plain;
  if (keys.slices !== null) return { ...plain, [keys.slices]: slices };
  return keys.rollout === null
    ? plain
    : { ...plain, [keys.rollout]: number("per_device_train_batch_size") * P * slices };
}

/** A share or a number of warmup steps, in one field as transformers 5 has it. */
export const warmup = (
  steps: string,
  ratio: string,
  usual: { steps: number | null; ratio: number | null },
): Rule =>
  derived({
    fields: ["warmup_steps", "warmup_ratio"],
    keys: { [steps]: usual.steps, [ratio]: usual.ratio },
    read(given) {
      const count = given.value(steps);
      if (typeof count === "number" && count > 0) {
        return [exact(steps, { warmup_steps: count })];
      }
      const share = given.value(ratio);
      if (typeof share !== "number" && share != null)
        return [notTaken(ratio, "warmup_steps", share)];
      return [
        exact(
          ratio,
          { warmup_steps: share ?? 0 },
          share ? "A share of the run: warmup_steps below 1 in transformers 5." : "",
        ),
      ];
    },
    write({ number }) {
      const value = number("warmup_steps");
      return { settings: value >= 1 ? { [steps]: value } : { [ratio]: value } };
    },
  });

/** Seeds decide other random numbers in each trainer. */
export const seedRule = (key: string, usual: number | undefined): Rule =>
  derived({
    fields: ["seed"],
    keys: { [key]: usual },
    mark: "near",
    note: "random numbers of its own",
    read: (given) =>
      given.value(key) === undefined || given.value(key) === null
        ? []
        : [near(key, { seed: given.number(key) }, "Its random numbers are others.")],
    write: ({ number }) => ({ settings: { [key]: number("seed") } }),
  });
