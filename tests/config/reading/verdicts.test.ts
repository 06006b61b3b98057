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

/** How a field's true value is kept from whoever reads the text; `other` is what it could be as well. */
const HIDDEN = {
  expression: ({ name }) => ({ call: `${name}=settings.${name}` }),
  change: ({ name, literal }) => ({ after: `if fast:\n    args.${name} = ${literal}` }),
  function: ({ name, literal }) => ({
    after: `def change(c):\n    c.${name} = ${literal}\nchange(args)`,
  }),
  spread: ({ name }) => ({ call: `**load("${name}")` }),
  conditional: ({ name, literal, other }) => ({ call: `${name}=${literal} if fast else ${other}` }),
  "bound in a branch": ({ name, literal, other }) => ({
    before: `v_${name} = ${other}\nif fast:\n    v_${name} = ${literal}`,
    call: `${name}=v_${name}`,
  }),
  "bound in both": ({ name, literal, other }) => ({
    before: `if fast:\n    if slow:\n        v_${name} = ${other}\n    else:\n        v_${name} = ${literal}\nelse:\n    v_${name} = ${other}`,
    call: `${name}=v_${name}`,
  }),
  "bound in a loop": ({ name, literal, other }) => ({
    before: `v_${name} = ${other}\nfor i in range(n):\n    v_${name} = ${literal}`,
    call: `${name}=v_${name}`,
  }),
  "changed in both": ({ name, literal, other }) => ({
    call: `${name}=${other}`,
    after: `if fast:\n    args.${name} = ${literal}\nelif slow:\n    args.${name} = ${other}`,
  }),
  "set in a dict": ({ name, other }) => ({
    dict: `"${name}": ${other}`,
    before: `cfg["t"]["${name}"] = settings.${name}`,
  }),
  "set in a dict by a branch": ({ name, literal, other }) => ({
    dict: `"${name}": ${other}`,
    before: `if fast:\n    cfg["t"].update(${name}=${literal})`,
  }),
  "taken out of a dict": ({ name, other }) => ({
    dict: `"${name}": ${other}`,
    before: `if fast:\n    cfg["t"]["${name}"] = settings.${name}\nelse:\n    del cfg["t"]["${name}"]`,
  }),
  "another name of a dict": ({ name, other }) => ({
    dict: `"${name}": ${other}`,
    before: `t_${name} = cfg["t"]\nt_${name}["${name}"] = settings.${name}`,
  }),
  "one of two configurations": ({ name, literal, other }) => ({
    call: `${name}=${other}`,
    second: `${name}=${literal}`,
  }),
  "left out of one": ({ name, literal }) => ({ call: "", second: `${name}=${literal}` }),
} as const satisfies Readonly<Record<string, Hiding>>;

/** How a field is written that can be followed. */
const SHOWN = {
  argument: ({ name, literal }) => ({ call: `${name}=${literal}` }),
  "a branch that is taken": ({ name, literal, other }) => ({
    before: `v_${name} = ${other}\nif True:\n    v_${name} = ${literal}`,
    call: `${name}=v_${name}`,
  }),
  "a branch that is not taken": ({ name, literal, other }) => ({
    call: `${name}=${literal}`,
    after: `if False:\n    args.${name} = ${other}\nelif fast:\n    args.${name} = ${literal}`,
  }),
  "branches that agree": ({ name, literal, other }) => ({
    before: `v_${name} = ${other}\nif fast:\n    v_${name} = ${literal}\nelse:\n    v_${name} = ${literal}`,
    call: `${name}=v_${name} if slow else ${literal}`,
  }),
  "set in a dict": ({ name, literal, other }) => ({
    dict: `"${name}": ${other}`,
    before: `cfg["t"]["${name}"] = ${literal}`,
  }),
  "taken out of a dict and put back": ({ name, literal, other }) => ({
    dict: `"${name}": ${other}`,
    before: `del cfg["t"]["${name}"]\ncfg["t"].setdefault("${name}", ${literal})`,
  }),
  "another name of a dict": ({ name, literal, other }) => ({
    dict: `"${name}": ${other}`,
    before: `t_${name} = cfg["t"]\nt_${name}.update({"${name}": ${literal}})`,
  }),
} as const satisfies Readonly<Record<string, Hiding>>;

type Hiding = (field: { name: string; literal: string; other: string }) => Parts;

/** Where a field stands in the script. */
interface Parts {
  /** An argument of the call; of the second one, where a script has two, if not the same. */
  call?: string;
  second?: string;
  /** An entry of the dict in a dict that is spread into the call. */
  dict?: string;
  before?: string;
  after?: string;
}

interface Written {
  name: keyof GRPOConfig;
  value: FieldValue;
  /** Another value of the field. */
  other: FieldValue;
  shown: keyof typeof SHOWN;
  hidden: keyof typeof HIDDEN | null;
}

const keysOf = <T extends object>(of: T) => Object.keys(of) as (keyof T)[];

const anyField = (name: keyof GRPOConfig) =>
  fc
    .record({
      name: fc.constant(name),
      values: fc.shuffledSubarray([...(VALUES[name] ?? [])], { minLength: 2, maxLength: 2 }),
      shown: fc.oneof(
        { weight: 2, arbitrary: fc.constant("argument" as const) },
        { weight: 1, arbitrary: fc.constantFrom(...keysOf(SHOWN)) },
      ),
      hidden: fc.oneof(
        { weight: 3, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.constantFrom(...keysOf(HIDDEN)) },
      ),
    })
    .map(({ values: [value = null, other = null], ...rest }): Written => ({
      ...rest,
      value,
      other,
    }));

const anyConfig = fc
  .shuffledSubarray(keysOf(VALUES), { minLength: 3, maxLength: 12 })
  .chain((names) => fc.tuple(...names.map(anyField)));

/** A script of which the true configuration cannot be read where it is hidden. */
function scriptOf(written: readonly Written[]): string {
  const all = written.map(({ name, value, other, shown, hidden }): Parts => {
    const how: Hiding = hidden === null ? SHOWN[shown] : HIDDEN[hidden];
    return how({ name, literal: pythonLiteral(value), other: pythonLiteral(other) });
  });
  const lines = (key: "before" | "after") => all.map((each) => each[key] ?? "").join("\n");
  const call = (of: (each: Parts) => string | undefined) =>
    `args = GRPOConfig(${['output_dir="o"', ...all.map(of), '**cfg["t"]'].filter(Boolean).join(", ")})`;
  const first = call((each) => each.call);
  const second = call((each) => each.second ?? each.call);
  const made = first === second ? first : `if fast:\n    ${first}\nelse:\n    ${second}`;
  const dict = all.flatMap((each) => each.dict ?? []).join(", ");
  return `cfg = {"t": {${dict}}}\n${lines("before")}\n${made}\n${lines("after")}\n`;
}

/** The run as it truly is. */
const truth = (read: RunConfig, written: readonly Written[]): RunConfig =>
  written.reduce((run, { name, value }) => setField(run, name, value), {
    ...read,
    grpo: { ...trlDefaults, max_completion_length: read.grpo.max_completion_length },
  });

/** Everything that holds of a run by itself, whatever else would keep it from starting. */
function factsOf(run: RunConfig): Set<string> {
  const guard = guarded(run, { unread: new Set() });
  const found = rules.flatMap((rule) =>
    guard(run.grpo, (config, launch) => {
      const plan = lazyPlan(config, run.datasetSize);
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
      if (!hidden.some(({ hidden: how }) => how === "spread"))
        expect([...read.known.unread].toSorted()).toEqual(
          hidden.map(({ name }) => name).toSorted(),
        );
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
      const known: Known = { unread: new Set(hidden) };
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
