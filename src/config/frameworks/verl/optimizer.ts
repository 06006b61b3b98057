import type { FieldValue } from "../../field.ts";
import type { PlainValue } from "../../python/written.ts";
import { decayNotes, EVERY_PARAMETER, everyParameter } from "../beyond.ts";
import { cannot, derived, elsewhere, exact, near, none, same } from "../rules.ts";
import type { Given, Outcome, Rule, Whole, Wrote } from "../types.ts";
import { optim } from "./names.ts";

const CLIP = "actor_rollout_ref.actor.grad_clip";

/** The schedule after the warmup, as FSDP's and as Megatron's optimizer name it. */
const STYLE = optim("lr_scheduler_type");
const MEGATRON = optim("lr_decay_style");
const WARMUP = { steps: optim("lr_warmup_steps"), ratio: optim("lr_warmup_steps_ratio") };
const SCHEDULE_KEYS = {
  [STYLE]: "constant",
  [MEGATRON]: null,
  [optim("min_lr_ratio")]: null,
  [optim("min_lr")]: null,
  [optim("num_cycles")]: 0.5,
  [WARMUP.steps]: -1,
  [WARMUP.ratio]: 0,
};

const schedule = derived({
  fields: ["lr_scheduler_type", "lr_scheduler_kwargs", "warmup_steps", "warmup_ratio"],
  keys: SCHEDULE_KEYS,
  note: "constant without a setting, TRL linear",
  read: (given) => [...readWarmup(given), ...readStyle(given)],
  write: writeSchedule,
});

const warms = (given: Given): boolean =>
  given.number(WARMUP.steps) > 0 || given.number(WARMUP.ratio) > 0;

function readWarmup(given: Given): Outcome[] {
  const steps = given.number(WARMUP.steps);
  const ratio = given.number(WARMUP.ratio);
  if (steps > 0) {
    return [
      exact(WARMUP.steps, { warmup_steps: steps }, "Counted in optimizer steps of the whole run."),
      elsewhere(WARMUP.ratio, "lr_warmup_steps is set and counts."),
    ];
  }
  return [
    elsewhere(WARMUP.steps, "Not set: lr_warmup_steps_ratio decides."),
    exact(
      WARMUP.ratio,
      { warmup_steps: ratio },
      ratio > 0 ? "A share of the run: warmup_steps below 1 in transformers 5." : "",
    ),
  ];
}

function readStyle(given: Given): Outcome[] {
  const megatron = given.value(MEGATRON) != null;
  const key = megatron ? MEGATRON : STYLE;
  const unused = megatron ? STYLE : MEGATRON;
  const rest = [
    elsewhere(unused, "Of the other kind of optimizer."),
    ...[optim("min_lr_ratio"), optim("min_lr"), optim("num_cycles")].map((each) =>
      given.word(key) === "cosine"
        ? exact(each, {}, "Read with the schedule.")
        : elsewhere(each, "Counts under cosine alone."),
    ),
  ];
  switch (given.word(key)) {
    case "constant":
      return [
        exact(key, { lr_scheduler_type: warms(given) ? "constant_with_warmup" : "constant" }),
        ...rest,
      ];
    case "cosine":
      return [cosine(key, given), ...rest];
    case "linear":
      return [exact(key, { lr_scheduler_type: "linear" }), ...rest];
  }
  return [
    none(key, `${given.word(key)} is a schedule that transformers has not.`, ["lr_scheduler_type"]),
    ...rest,
  ];
}

function cosine(key: string, given: Given): Outcome {
  const share = floor(given);
  const cycles = given.number(optim("num_cycles"));
  const more = cycles === 0.5 ? {} : { num_cycles: cycles };
  const kwargs: FieldValue =
    share > 0 ? { min_lr_rate: share, ...more } : cycles === 0.5 ? null : more;
  return exact(
    key,
    { lr_scheduler_type: share > 0 ? "cosine_with_min_lr" : "cosine", lr_scheduler_kwargs: kwargs },
    share > 0 ? `Falls to ${share} of the rate.` : "",
  );
}

function floor(given: Given): number {
  const ratio = given.value(optim("min_lr_ratio"));
  if (typeof ratio === "number") return ratio;
  const rate = given.value(optim("min_lr"));
  return typeof rate === "number" ? rate / given.number(optim("lr")) : 0;
}

function writeSchedule({ values, number, text }: Whole): Wrote {
  const type = text("lr_scheduler_type");
  const warmup = number("warmup_steps");
  const settings: Record<string, PlainValue> =
    warmup >= 1 ? { [WARMUP.steps]: warmup } : { [WARMUP.ratio]: warmup || number("warmup_ratio") };
  const kwargs = { ...(values.lr_scheduler_kwargs as Record<string, number> | null) };
  switch (type) {
    case "constant":
      return { settings: { [STYLE]: "constant", [WARMUP.ratio]: 0 } };
    case "constant_with_warmup":
      return { settings: { [STYLE]: "constant", ...settings } };
    case "cosine":
    case "cosine_with_min_lr": {
      const share = kwargs.min_lr_rate ?? (kwargs.min_lr ?? 0) / number("learning_rate");
      return {
        settings: {
          [STYLE]: "cosine",
          ...settings,
          [optim("min_lr_ratio")]: share,
          ...(kwargs.num_cycles === undefined ? {} : { [optim("num_cycles")]: kwargs.num_cycles }),
        },
      };
    }
  }
  return {
    settings,
    notes: {
      lr_scheduler_type: cannot(
        `verl's FSDP optimizer has constant and cosine, not ${type}; its default, constant, is left in force.`,
      ),
    },
  };
}

const betas = derived({
  fields: ["adam_beta1", "adam_beta2"],
  keys: { [optim("betas")]: [0.9, 0.999] },
  read(given) {
    const value = given.value(optim("betas"));
    const [first, second] = Array.isArray(value) ? (value as number[]) : [];
    return typeof first === "number" && typeof second === "number"
      ? [exact(optim("betas"), { adam_beta1: first, adam_beta2: second })]
      : [none(optim("betas"), "They are not two numbers.", ["adam_beta1", "adam_beta2"])];
  },
  write: ({ number }) => ({
    settings: { [optim("betas")]: [number("adam_beta1"), number("adam_beta2")] },
  }),
});

const norm = derived({
  fields: ["max_grad_norm"],
  keys: { [optim("clip_grad")]: 1, [CLIP]: 1 },
  read(given) {
    const old = given.stated(CLIP) && !given.stated(optim("clip_grad"));
    const [key, other] = old ? [CLIP, optim("clip_grad")] : [optim("clip_grad"), CLIP];
    const sets = { max_grad_norm: given.number(key) };
    return [
      old
        ? near(
            key,
            sets,
            "Former versions clip by it; those of 2026 read optim.clip_grad and clip at 1.",
          )
        : exact(key, sets),
      elsewhere(other, "Not the one that counts."),
    ];
  },
  write: ({ number }) => ({ settings: { [optim("clip_grad")]: number("max_grad_norm") } }),
});

const OPTIMIZERS: Readonly<Record<string, string>> = {
  adamw: "adamw_torch",
  adam: "adamw_torch",
  adamw8bit: "adamw_8bit",
  sgd: "sgd",
};

const kind = derived({
  fields: ["optim", "adam_epsilon"],
  keys: { [optim("optimizer")]: "AdamW", [optim("override_optimizer_config")]: null },
  read(given) {
    const name = given.word(optim("optimizer"));
    const found = OPTIMIZERS[name];
    const extra = given.value(optim("override_optimizer_config"));
    return [
      found === undefined
        ? none(optim("optimizer"), `${name} is an optimizer that is not here.`, ["optim"])
        : exact(optim("optimizer"), { optim: found, adam_epsilon: 1e-8 }),
      extra === null || extra === undefined
        ? elsewhere(optim("override_optimizer_config"), "Nothing more is set.")
        : none(optim("override_optimizer_config"), "Arguments of the optimizer's own class."),
    ];
  },
  write: ({ text, number }) => {
    const name = text("optim");
    const notes: Wrote["notes"] = {
      ...(name.startsWith("adamw") && !name.includes("8bit")
        ? {}
        : {
            optim: cannot(
              `verl writes its optimizer by class; ${name} is not written, and AdamW is left in force.`,
            ),
          }),
      ...(number("adam_epsilon") === 1e-8
        ? {}
        : { adam_epsilon: cannot("verl leaves AdamW's ε at 1e-8.") }),
    };
    return { settings: {}, notes };
  },
});

export const optimizer: readonly Rule[] = [
  same({ key: optim("lr"), field: "learning_rate", usual: 1e-6 }),
  betas,
  derived({
    fields: ["weight_decay", "decay_norms_and_biases"],
    keys: { [optim("weight_decay")]: 0.01 },
    note: "verl decays every parameter, transformers all but biases and norms",
    read(given) {
      const decay = given.number(optim("weight_decay"));
      return [
        exact(optim("weight_decay"), everyParameter(decay), decay === 0 ? "" : EVERY_PARAMETER),
      ];
    },
    write: (whole) => ({
      settings: { [optim("weight_decay")]: whole.number("weight_decay") },
      notes: decayNotes(whole),
    }),
  }),
  norm,
  schedule,
  kind,
];
