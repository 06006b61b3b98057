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

const base = runFrom();
const names = Object.keys(targets);
const round = (value: number): number => Number(value.toPrecision(6));
const share = fc.double({ min: 1e-5, max: 0.9, noNaN: true }).map(round);

/** A configuration with values that decide a training, each as often at TRL's default as not. */
const configuration: fc.Arbitrary<Values> = fc
  .record({
    num_generations: fc.integer({ min: 2, max: 32 }),
    prompts: fc.integer({ min: 1, max: 64 }),
    updates: fc.integer({ min: 1, max: 8 }),
    rows: fc.integer({ min: 1, max: 8 }),
    values: fc.record({
      num_iterations: fc.integer({ min: 1, max: 4 }),
      num_train_epochs: fc.integer({ min: 1, max: 20 }),
      max_completion_length: fc.integer({ min: 16, max: 32_768 }),
      temperature: fc.constantFrom(0.6, 1, 1.2),
      top_p: fc.constantFrom(1, 0.9),
      top_k: fc.constantFrom(0, 50),
      shuffle_dataset: fc.boolean(),
      seed: fc.integer({ min: 0, max: 1e6 }),
      importance_sampling_level: fc.constantFrom("token", "sequence", "sequence_token"),
      loss_type: fc.constantFrom(
        "grpo",
        "bnpo",
        "dr_grpo",
        "dapo",
        "cispo",
        "sapo",
        "luspo",
        "vespo",
      ),
      epsilon: share,
      epsilon_high: fc.option(share),
      delta: fc.option(fc.double({ min: 1.01, max: 20, noNaN: true }).map(round)),
      dual_clip: fc.option(fc.double({ min: 1.01, max: 20, noNaN: true }).map(round)),
      cispo_floor: fc.constantFrom(0, 0.5, 0.9),
      geometric_clip: fc.boolean(),
      kl_estimator: fc.constantFrom("k1", "k2", "k3"),
      kl_clamp: fc.constantFrom(null, 10, 5),
      beta: fc.oneof(fc.constant(0), share),
      use_bias_correction_kl: fc.boolean(),
      entropy_coef: fc.constantFrom(0, 0.01),
      scale_rewards: fc.constantFrom("group", "batch", "none"),
      advantage_baseline: fc.constantFrom("group", "leave_one_out"),
      advantage_std_eps: fc.constantFrom(1e-4, 1e-6, 1e-9, 0.01),
      advantage_std_unbiased: fc.boolean(),
      advantage_std_leave_one_out: fc.boolean(),
      mask_truncated_completions: fc.boolean(),
      off_policy_mask_threshold: fc.option(share),
      learning_rate: fc.double({ min: 1e-7, max: 1e-4, noNaN: true }).map(round),
      adam_beta1: fc.constantFrom(0.9, 0.8),
      adam_beta2: fc.constantFrom(0.999, 0.95),
      weight_decay: fc.constantFrom(0, 0.1),
      decay_norms_and_biases: fc.boolean(),
      max_grad_norm: fc.constantFrom(1, 0.2),
      lr_scheduler_type: fc.constantFrom("linear", "cosine", "constant", "constant_with_warmup"),
      warmup_steps: fc.constantFrom(0, 0.1, 10),
      router_aux_loss_coef: fc.constantFrom(0, 0.01),
      optim: fc.constantFrom("adamw_torch", "adamw_8bit", "sgd"),
    }),
  })
  .map(({ num_generations, prompts, updates, rows, values }) => ({
    ...values,
    // The cap of cispo is a ratio, above 1.
    epsilon_high: values.loss_type === "cispo" ? 3 : values.epsilon_high,
    num_generations,
    generation_batch_size: num_generations * prompts * updates * rows,
    per_device_train_batch_size: rows,
    gradient_accumulation_steps: num_generations * prompts,
    steps_per_generation: null,
  }));

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
