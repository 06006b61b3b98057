import { expect, test } from "vitest";
import { readAny } from "../../../src/config/frameworks/read-any.ts";
import { sizesOf } from "../../../src/config/frameworks/sizes.ts";
import { targets, writeFor } from "../../../src/config/frameworks/targets.ts";
import { isForeign } from "../../../src/config/frameworks/values.ts";
import { whole } from "../../../src/config/frameworks/write.ts";
import type { Values } from "../../../src/config/frameworks/types.ts";
import { runFrom } from "../../../src/config/run-from.ts";
import { beyondDefaults } from "../../../src/config/beyond-trl.ts";
import { trlDefaults } from "../../../src/config/schema.ts";
import { fc } from "../../support/fuzz.ts";
import { configuration } from "./configuration.ts";

const base = runFrom();
const names = Object.keys(targets);
function written(name: string, values: Values) {
  const made = writeFor(name, values, { name: "TRL", told: [] });
  if (made === null) throw new Error(`${name} is no target`);
  const paste = readAny(made.text, { base });
  if ("problem" in paste) throw new Error(`${paste.problem}\n${made.text}`);
  if (!isForeign(paste)) throw new Error(`read as ${paste.defaults}:\n${made.text}`);
  const inexact = new Set(made.differences.map(({ field }) => field));
  return { text: made.text, back: paste.foreign.values, inexact, of: paste.foreign.framework.id };
}

const SIZES = new Set([
  "per_device_train_batch_size",
  "gradient_accumulation_steps",
  "generation_batch_size",
  "steps_per_generation",
  "num_processes",
]);

/** What a training rests on. */
const decided = { ...trlDefaults, ...beyondDefaults };

/** What a framework's own optimizer and clip do not look at has no value there. */
const unused = (field: string, before: Values): boolean => {
  const { loss_type: loss, importance_sampling_level: level, lr_scheduler_type: type } = before;
  return (
    (field === "epsilon" && (loss === "cispo" || loss === "sapo")) ||
    (field === "epsilon_high" && loss === "sapo") ||
    ((field === "delta" || field === "dual_clip") &&
      (level !== "token" ||
        loss === "cispo" ||
        loss === "sapo" ||
        before.geometric_clip === true)) ||
    (field === "warmup_steps" && type === "constant") ||
    (field === "lr_scheduler_type" &&
      type === "constant_with_warmup" &&
      before.warmup_steps === 0) ||
    (field === "use_bias_correction_kl" && before.beta === 0) ||
    (field.startsWith("kl_") && before.beta === 0) ||
    (field === "cispo_floor" && (level !== "token" || loss !== "cispo")) ||
    (field === "geometric_clip" && ["cispo", "sapo", "vespo"].some((each) => each === loss)) ||
    (field === "decay_norms_and_biases" && before.weight_decay === 0) ||
    (field.startsWith("advantage_std_") && before.scale_rewards === "none") ||
    field === "optim"
  );
};

/** What caps the loss of negative advantages, and what the ratio of positive ones, by whichever field. */
function caps(values: Values): readonly (number | null)[] {
  const high = 1 + Number(values.epsilon_high ?? values.epsilon);
  const delta = typeof values.delta === "number" ? values.delta : Infinity;
  const dual = typeof values.dual_clip === "number" ? values.dual_clip : Infinity;
  const both = [Math.min(delta >= high ? delta : Infinity, dual), delta < high ? delta : Infinity];
  return both.map((cap) => (cap === Infinity ? null : cap));
}

/** Every value that the writer calls exact is the same when it is read back. */
function expectKept(values: Values, { text, back, inexact }: ReturnType<typeof written>): void {
  const before: Values = { ...beyondDefaults, ...whole(values).values };
  const after: Values = { ...beyondDefaults, ...whole(back).values };
  if (![...SIZES].some((field) => inexact.has(field))) {
    expect(sizesOf({ values: after }), text).toEqual(sizesOf({ values: before }));
  }
  if (!inexact.has("delta") && !unused("delta", before)) {
    const said = inexact.has("dual_clip") ? { ...before, dual_clip: null } : before;
    expect(caps(after), text).toEqual(caps(said));
  }
  for (const [field, value] of Object.entries(values)) {
    if (field === "delta" || field === "dual_clip") continue;
    if (!(field in decided || field === "max_prompt_length")) continue;
    if (SIZES.has(field) || inexact.has(field) || unused(field, before)) continue;
    const expected = field === "epsilon_high" ? (value ?? before.epsilon) : value;
    const got = field === "epsilon_high" ? (after[field] ?? after.epsilon) : (after[field] ?? null);
    if (typeof expected === "number" && typeof got === "number") {
      expect(got, `${field} in\n${text}`).toBeCloseTo(expected, 9);
    } else expect(got, `${field} in\n${text}`).toEqual(expected);
  }
}

test.each(names)("%s: every exact value is read back", (name) => {
  fc.assert(
    fc.property(configuration, (values) => expectKept(values, written(name, values))),
    { numRuns: 60 },
  );
});

const pairs = names.flatMap((from) => names.map((to) => [from, to] as const));

test.each(pairs)("%s → %s keeps what both call exact", (from, to) => {
  fc.assert(
    fc.property(configuration, (values) => {
      const first = written(from, values).back;
      expectKept(first, written(to, first));
    }),
    { numRuns: 6 },
  );
});
