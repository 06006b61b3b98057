import { expect, test } from "vitest";
import { checkConfig } from "../../../src/config/check.ts";
import { findings, rules } from "../../../src/config/findings/findings.ts";
import { guarded, type Known } from "../../../src/config/guard.ts";
import { lazyPlan } from "../../../src/config/step-plan.ts";
import { pythonLiteral } from "../../../src/config/python/write-value.ts";
import { setField } from "../../../src/config/run-fields.ts";
import { fields, trlDefaults } from "../../../src/config/schema.ts";
import type { FieldValue } from "../../../src/config/field.ts";
import type { GRPOConfig, RunConfig } from "../../../src/config/types.ts";
import { base, paste } from "./support.ts";
import { fc } from "../../support/fuzz.ts";

/** Values that findings are about: each field's few that make a difference. */
const VALUES: Readonly<Partial<Record<keyof GRPOConfig, readonly FieldValue[]>>> = {
  per_device_train_batch_size: [1, 2, 8],
  gradient_accumulation_steps: [1, 2, 3],
  steps_per_generation: [null, 1, 4, 8],
  generation_batch_size: [null, 16, 64],
  num_generations: [2, 4, 8],
  num_iterations: [1, 2],
  importance_sampling_level: ["token", "sequence"],
  loss_type: ["grpo", "dr_grpo", "dapo", "cispo"],
  scale_rewards: ["group", "none"],
  epsilon: [0.2, 3e-4],
  epsilon_high: [null, 0.28, 4e-4],
  delta: [null, 1.1],
  beta: [0, 0.04],
  learning_rate: [1e-6, 1e-3],
  max_grad_norm: [0.1, 1],
  optim: ["adamw_torch", "sgd"],
  lr_scheduler_type: ["linear", "constant", "warmup_stable_decay"],
  warmup_steps: [0, 10],
  max_steps: [-1, 5, 100],
  mask_truncated_completions: [true, false],
  top_p: [1, 0.9],
  weight_decay: [0, 0.1],
};

/** How a field's true value is kept from whoever reads the text. */
const HIDDEN = ["expression", "branch", "function", "spread", "misspelt range"] as const;
type Hiding = (typeof HIDDEN)[number];

interface Written {
  name: keyof GRPOConfig;
  value: FieldValue;
  hidden: Hiding | null;
}

const anyConfig = fc
  .shuffledSubarray(Object.keys(VALUES) as (keyof GRPOConfig)[], { minLength: 3, maxLength: 12 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.record({
          name: fc.constant(name),
          value: fc.constantFrom(...(VALUES[name] ?? [])),
          hidden: fc.oneof(
            { weight: 3, arbitrary: fc.constant(null) },
            { weight: 1, arbitrary: fc.constantFrom(...HIDDEN) },
          ),
        }),
      ),
    ),
  );

/** A script of which the true configuration cannot be read where it is hidden. */
function scriptOf(written: readonly Written[]): string {
  const inCall: string[] = [];
  const after: string[] = [];
  for (const { name, value, hidden } of written) {
    const literal = pythonLiteral(value);
    if (hidden === null) inCall.push(`${name}=${literal}`);
    else if (hidden === "expression") inCall.push(`${name}=settings.${name}`);
    else if (hidden === "misspelt range") inCall.push(`${name}=${literal} if fast else None`);
    else if (hidden === "branch") after.push(`if fast:\n    args.${name} = ${literal}`);
    else if (hidden === "function")
      after.push(`def change(c):\n    c.${name} = ${literal}\nchange(args)`);
    else inCall.push(`**load("${name}")`);
  }
  return `args = GRPOConfig(output_dir="o", ${inCall.join(", ")})\n${after.join("\n")}\n`;
}

/** The run as it truly is. */
const truth = (read: RunConfig, written: readonly Written[]): RunConfig =>
  written.reduce((run, { name, value }) => setField(run, name, value), {
    ...read,
    grpo: { ...trlDefaults, max_completion_length: read.grpo.max_completion_length },
  });

/** Everything that holds of a run by itself, whatever else would keep it from starting. */
function factsOf(run: RunConfig): Set<string> {
  const guard = guarded(run, { unread: new Set(), processes: 1 });
  const found = rules.flatMap((rule) =>
    guard(run.grpo, (config, launch) => {
      const plan = lazyPlan(config, run.datasetSize, launch);
      const fact = rule({ config, run, plan, launch, known: () => true });
      return fact ? [fact] : [];
    }),
  );
  return new Set([...found, ...checkConfig(run)].map(({ id }) => id));
}

test("1,000 configurations of which parts are hidden: every finding is one of the full one", () => {
  let given = 0;
  let withheld = 0;
  fc.assert(
    fc.property(anyConfig, (written) => {
      const read = paste(scriptOf(written));
      const hidden = written.filter(({ hidden: how }) => how !== null);
      for (const { name } of hidden) expect(read.known.unread).toContain(name);
      const full = factsOf(truth(read.run, written));
      const found = findings(read.run, read.known);
      const strangers = found.map(({ id }) => id).filter((id) => !full.has(id));
      expect(strangers).toEqual([]);
      given += found.length;
      withheld += full.size - found.length;
    }),
    { numRuns: 1000 },
  );
  // It is neither silent nor blind.
  expect(given).toBeGreaterThan(1000);
  expect(withheld).toBeGreaterThan(1000);
});

const changed = (run: RunConfig, names: ReadonlySet<string>, pick: number): RunConfig =>
  Object.entries(VALUES).reduce(
    (other, [name, values]) =>
      names.has(name) ? setField(other, name, values[pick % values.length] ?? null) : other,
    run,
  );

test("no finding rests on a field that was not read: whatever its value, the finding is the same", () => {
  const names = fc.uniqueArray(fc.constantFrom(...Object.keys(VALUES)), { minLength: 1 });
  fc.assert(
    fc.property(anyConfig, names, fc.nat(5), (written, hidden, pick) => {
      const run = truth(
        { ...base, arms: [{ name: "token", overrides: {} }], exportOnly: {} },
        written,
      );
      const known: Known = { unread: new Set(hidden), processes: 1 };
      const said = (of: RunConfig) =>
        findings(of, known).map(({ id, message }) => `${id}: ${message}`);
      expect(said(changed(run, known.unread, pick))).toEqual(said(run));
    }),
    { numRuns: 100 },
  );
});

test("every field that a finding names is one", () => {
  expect(Object.keys(VALUES).filter((name) => !fields.some((each) => each.name === name))).toEqual(
    [],
  );
});
