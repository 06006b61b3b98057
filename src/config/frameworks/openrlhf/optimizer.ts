import { cannot, derived, exact, none, same } from "../rules.ts";
import type { Rule } from "../types.ts";

const SCHEDULE = "actor.lr_scheduler";
const WARMUP = "actor.lr_warmup_ratio";
const FLOOR = "actor.min_lr_ratio";

const PLAIN: ReadonlySet<string> = new Set([
  "constant",
  "constant_with_warmup",
  "linear",
  "cosine",
]);

const schedule = derived({
  fields: ["lr_scheduler_type", "lr_scheduler_kwargs"],
  keys: { [SCHEDULE]: "cosine_with_min_lr", [FLOOR]: 0.1 },
  note: "without a setting cosine down to a tenth",
  read(given) {
    const type = given.word(SCHEDULE);
    if (type === "cosine_with_min_lr") {
      const share = given.number(FLOOR);
      return [
        exact(
          SCHEDULE,
          { lr_scheduler_type: type, lr_scheduler_kwargs: { min_lr_rate: share } },
          `Falls to ${share} of the rate.`,
        ),
        exact(FLOOR, {}, "Read with the schedule."),
      ];
    }
    return [exact(SCHEDULE, { lr_scheduler_type: type })];
  },
  write({ values, text, number }) {
    const type = text("lr_scheduler_type");
    const kwargs = values.lr_scheduler_kwargs as Record<string, number> | null | undefined;
    if (type === "cosine_with_min_lr") {
      const share = kwargs?.min_lr_rate ?? (kwargs?.min_lr ?? 0) / number("learning_rate");
      return { settings: { [SCHEDULE]: type, [FLOOR]: share } };
    }
    return PLAIN.has(type)
      ? { settings: { [SCHEDULE]: type } }
      : {
          settings: {},
          notes: {
            lr_scheduler_type: cannot(
              `${type} takes arguments that OpenRLHF has no flags for; its default is left in force.`,
            ),
          },
        };
  },
});

const betas = derived({
  fields: ["adam_beta1", "adam_beta2"],
  keys: { "actor.adam.betas": [0.9, 0.95] },
  read(given) {
    const value = given.value("actor.adam.betas");
    const [first, second] = Array.isArray(value) ? (value as number[]) : [];
    return typeof first === "number" && typeof second === "number"
      ? [exact("actor.adam.betas", { adam_beta1: first, adam_beta2: second })]
      : [none("actor.adam.betas", "It takes two numbers.", ["adam_beta1", "adam_beta2"])];
  },
  write: ({ number }) => ({
    settings: { "actor.adam.betas": [number("adam_beta1"), number("adam_beta2")] },
  }),
});

export const optimizer: readonly Rule[] = [
  same({ key: "actor.adam.lr", field: "learning_rate", usual: 1e-6 }),
  betas,
  same({ key: "actor.adam.eps", field: "adam_epsilon", usual: 1e-8 }),
  same({ key: "actor.adam.weight_decay", field: "weight_decay", usual: 0 }),
  same({ key: "actor.max_norm", field: "max_grad_norm", usual: 1 }),
  schedule,
  derived({
    fields: ["warmup_steps", "warmup_ratio"],
    keys: { [WARMUP]: 0.03 },
    note: "a share of the run",
    read: (given) => [
      exact(
        WARMUP,
        { warmup_steps: given.number(WARMUP) },
        "A share of the run: warmup_steps below 1 in transformers 5.",
      ),
    ],
    write: ({ number }) =>
      number("warmup_steps") < 1
        ? { settings: { [WARMUP]: number("warmup_steps") } }
        : {
            settings: {},
            notes: {
              warmup_steps: cannot(
                "OpenRLHF takes a share of the run, not a number of steps; its default of 0.03 is left in force.",
              ),
            },
          },
  }),
  derived({
    fields: ["optim"],
    keys: { "actor.optim": "adam" },
    read: (given) => [
      given.word("actor.optim") === "adam"
        ? exact("actor.optim", { optim: "adamw_torch" }, "AdamW.")
        : none("actor.optim", "Muon, which is not here.", ["optim"]),
    ],
    write: ({ text }) =>
      text("optim").startsWith("adamw") && !text("optim").includes("8bit")
        ? { settings: { "actor.optim": "adam" } }
        : {
            settings: { "actor.optim": "adam" },
            notes: { optim: cannot(`OpenRLHF has adam and muon, not ${text("optim")}.`) },
          },
  }),
];
