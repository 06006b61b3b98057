import { describe, expect, test } from "vitest";
import { checkConfig } from "../../src/config/check.ts";
import { applyPatch } from "../../src/config/run-fields.ts";
import { runFrom } from "../../src/config/run-from.ts";
import { scheduleProblems } from "../../src/config/schedule-arguments.ts";
import { field, trlDefaults } from "../../src/config/schema.ts";
import { learningRate } from "../../src/config/schedules.ts";
import { UserError } from "../../src/base/user-error.ts";

type Kwargs = Readonly<Record<string, number | string>> | null;

const config = (lr_scheduler_type: string, lr_scheduler_kwargs: Kwargs) => ({
  ...trlDefaults,
  max_steps: 40,
  lr_scheduler_type,
  lr_scheduler_kwargs,
});

const names = (() => {
  const { type } = field("lr_scheduler_type");
  return type.kind === "enum" ? type.values.filter((name) => name !== "reduce_lr_on_plateau") : [];
})();

const everyKwargs: readonly Kwargs[] = [
  null,
  { min_lr: 1e-5 },
  { min_lr_rate: 0.1 },
  { min_lr: 1e-5, min_lr_rate: 0.1 },
  { num_decay_steps: 4 },
  { num_cycles: 2 },
  { num_cycles: "two" },
  { num_decay_steps: 4, decay_type: "steep" },
  { num_decay_steps: 4, warmup_type: "cosine", decay_type: "1-sqrt" },
  { power: 2 },
  { power: -1 },
  { lr_end: 1e-6 },
  { lr_end: 1e-7, power: 0 },
  { timescale: 0 },
  { timescale: 10 },
];

describe.each(names)("%s", (name) => {
  test.each(everyKwargs)("with %o is refused exactly where the engine cannot make it", (kwargs) => {
    const its = config(name, kwargs);
    const run = () => Array.from({ length: 40 }, (_, step) => learningRate(its, step, 40));
    const problems = scheduleProblems(its);
    if (problems.length === 0) expect(run).not.toThrow();
    else expect(run).toThrow(UserError);
    for (const { patch } of problems) {
      if (patch === null) continue;
      expect(scheduleProblems({ ...its, ...(patch as Partial<typeof its>) })).toEqual([]);
    }
  });
});

test.each<[string, Kwargs, string]>([
  [
    "cosine_with_min_lr",
    null,
    "cosine_with_min_lr needs min_lr or min_lr_rate in lr_scheduler_kwargs.",
  ],
  [
    "cosine_warmup_with_min_lr",
    { min_lr: 1e-5, min_lr_rate: 0.1 },
    "lr_scheduler_kwargs has both min_lr (0.00001) and min_lr_rate (0.1); cosine_warmup_with_min_lr takes one of them.",
  ],
  [
    "warmup_stable_decay",
    { num_cycles: 1 },
    "warmup_stable_decay needs num_decay_steps in lr_scheduler_kwargs.",
  ],
  ["cosine", { num_cycles: "two" }, "num_cycles in lr_scheduler_kwargs is two."],
  [
    "polynomial",
    { lr_end: 1 },
    "polynomial ends at lr_end (1), which is not below learning_rate (0.000001).",
  ],
  ["inverse_sqrt", { timescale: 0 }, "timescale in lr_scheduler_kwargs is 0."],
  ["reduce_lr_on_plateau", { factor: 1 }, "factor in lr_scheduler_kwargs is 1."],
  [
    "reduce_lr_on_plateau",
    { num_cycles: 2 },
    "lr_scheduler_kwargs has num_cycles, which reduce_lr_on_plateau does not take.",
  ],
  ["linear", { power: 2 }, "lr_scheduler_kwargs has power, which linear does not take."],
])("%s with %o", (name, kwargs, message) => {
  expect(scheduleProblems(config(name, kwargs))).toMatchObject([{ message, severity: "error" }]);
});

test("keeps a run from starting, and its patch lets it", () => {
  const run = runFrom("sort", { set: { lr_scheduler_type: "cosine_with_min_lr" } });
  const [problem] = checkConfig(run);
  expect(problem).toMatchObject({ id: "schedule-arguments", arm: null });
  expect(checkConfig(applyPatch(run, problem!.patch!))).toEqual([]);
});
