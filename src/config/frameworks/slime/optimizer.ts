import { cannot, derived, elsewhere, exact, nearly, none, same } from "../rules.ts";
import type { Given, Outcome, Rule } from "../types.ts";

const STYLE = "lr-decay-style";
const TYPES: Readonly<Record<string, string>> = {
  constant: "constant",
  linear: "linear",
  cosine: "cosine",
  "inverse-square-root": "inverse_sqrt",
};

/** Megatron's schedule: its lengths count samples or updates of its own. */
const schedule = derived({
  fields: ["lr_scheduler_type", "lr_scheduler_kwargs", "warmup_steps", "warmup_ratio"],
  keys: { [STYLE]: "linear", "min-lr": 0, "lr-warmup-iters": 0, "lr-warmup-fraction": null },
  note: "Megatron's, linear without a setting",
  read: (given) => [...warmup(given), ...style(given)],
  write({ values, text, number }) {
    const type = text("lr_scheduler_type");
    const steps = number("warmup_steps");
    const warm =
      steps >= 1 ? { "lr-warmup-iters": steps } : steps > 0 ? { "lr-warmup-fraction": steps } : {};
    if (type === "constant") return { settings: { [STYLE]: "constant" } };
    if (type === "constant_with_warmup") return { settings: { [STYLE]: "constant", ...warm } };
    if (type === "cosine" || type === "linear") return { settings: { [STYLE]: type, ...warm } };
    if (type === "cosine_with_min_lr") {
      const kwargs = values.lr_scheduler_kwargs as Record<string, number> | null | undefined;
      const floor = kwargs?.min_lr ?? (kwargs?.min_lr_rate ?? 0) * number("learning_rate");
      return { settings: { [STYLE]: "cosine", "min-lr": floor, ...warm } };
    }
    return {
      settings: { [STYLE]: "constant", ...warm },
      notes: { lr_scheduler_type: cannot(`Megatron has no ${type}; constant is written.`) },
    };
  },
});

const warms = (given: Given): boolean =>
  given.number("lr-warmup-iters") > 0 || Number(given.value("lr-warmup-fraction") ?? 0) > 0;

function warmup(given: Given): Outcome[] {
  const steps = given.number("lr-warmup-iters");
  if (steps > 0) return [exact("lr-warmup-iters", { warmup_steps: steps })];
  const share = given.value("lr-warmup-fraction");
  return [
    share === null
      ? exact("lr-warmup-iters", { warmup_steps: 0 })
      : exact(
          "lr-warmup-fraction",
          { warmup_steps: given.number("lr-warmup-fraction") },
          "A share of the run.",
        ),
  ];
}

function style(given: Given): Outcome[] {
  const name = given.word(STYLE);
  const floor = given.number("min-lr");
  if (name === "cosine" && floor > 0) {
    const share = floor / given.number("lr");
    return [
      exact(STYLE, {
        lr_scheduler_type: "cosine_with_min_lr",
        lr_scheduler_kwargs: { min_lr_rate: share },
      }),
      exact("min-lr", {}, "Read with the schedule."),
    ];
  }
  const type = TYPES[name];
  return [
    type === undefined
      ? none(STYLE, `${given.shown(STYLE)} is a schedule that transformers has not.`, [
          "lr_scheduler_type",
        ])
      : exact(STYLE, {
          lr_scheduler_type: type === "constant" && warms(given) ? "constant_with_warmup" : type,
        }),
    elsewhere("min-lr", "The floor of a schedule that falls."),
  ];
}

export const optimizer: readonly Rule[] = [
  same({ key: "lr", field: "learning_rate", usual: 1e-6 }),
  same({ key: "adam-beta1", field: "adam_beta1", usual: 0.9 }),
  same({ key: "adam-beta2", field: "adam_beta2", usual: 0.999 }),
  same({ key: "adam-eps", field: "adam_epsilon", usual: 1e-8 }),
  same({ key: "weight-decay", field: "weight_decay", usual: 0.01 }),
  same({ key: "clip-grad", field: "max_grad_norm", usual: 1 }),
  schedule,
  derived({
    fields: ["optim"],
    keys: { optimizer: "adam" },
    read: (given) => [
      given.word("optimizer") === "adam"
        ? exact("optimizer", { optim: "adamw_torch" }, "Adam with decoupled weight decay.")
        : none("optimizer", "An optimizer that is not here.", ["optim"]),
    ],
    write: ({ text }) =>
      text("optim").startsWith("adamw")
        ? {
            settings: { optimizer: "adam" },
            ...(text("optim").includes("8bit")
              ? { notes: { optim: nearly("Its states are 32-bit.") } }
              : {}),
          }
        : {
            settings: { optimizer: "adam" },
            notes: { optim: cannot(`slime has Megatron's adam, not ${text("optim")}.`) },
          },
  }),
];
