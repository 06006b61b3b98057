import type { PlainValue } from "../../python/written.ts";
import { decayNotes, EVERY_PARAMETER, everyParameter } from "../beyond.ts";
import { cannot, derived, elsewhere, exact, near, none } from "../rules.ts";
import type { Given, Outcome, Rule } from "../types.ts";

const MEGATRON = "policy.megatron_cfg.enabled";
const own = (name: string): string => `policy.optimizer.kwargs.${name}`;
const megatron = (name: string): string => `policy.megatron_cfg.optimizer.${name}`;

interface Pair {
  field: string;
  own: string;
  megatron: string;
  usual: number;
}

const PAIRS: readonly Pair[] = [
  { field: "learning_rate", own: own("lr"), megatron: megatron("lr"), usual: 5e-6 },
  {
    field: "weight_decay",
    own: own("weight_decay"),
    megatron: megatron("weight_decay"),
    usual: 0.01,
  },
  { field: "adam_epsilon", own: own("eps"), megatron: megatron("adam_eps"), usual: 1e-8 },
];

/** One value in two places, of which megatron_cfg.enabled says which counts. */
const twice = ({ field, own: mine, megatron: theirs, usual }: Pair): Rule =>
  derived({
    fields: field === "weight_decay" ? [field, "decay_norms_and_biases"] : [field],
    keys: { [mine]: usual, [theirs]: usual },
    note:
      field === "weight_decay"
        ? "every parameter decays, transformers leaves out biases and norms"
        : "",
    read(given) {
      const [key, other] = given.flag(MEGATRON) ? [theirs, mine] : [mine, theirs];
      const sets = { [field]: given.number(key) };
      return [
        field === "weight_decay" && given.number(key) !== 0
          ? exact(key, everyParameter(given.number(key)), EVERY_PARAMETER)
          : exact(key, sets),
        elsewhere(other, "Of the other kind of training: megatron_cfg.enabled decides."),
      ];
    },
    write: (whole) => ({
      settings: { [mine]: whole.number(field) },
      ...(field === "weight_decay" ? { notes: decayNotes(whole) } : {}),
    }),
  });

const betas = derived({
  fields: ["adam_beta1", "adam_beta2"],
  keys: {
    [own("betas")]: [0.9, 0.999],
    [megatron("adam_beta1")]: 0.9,
    [megatron("adam_beta2")]: 0.999,
  },
  read(given) {
    if (given.flag(MEGATRON)) {
      return ["adam_beta1", "adam_beta2"].map((name) =>
        exact(megatron(name), { [name]: given.number(megatron(name)) }),
      );
    }
    const value = given.value(own("betas"));
    const [first, second] = Array.isArray(value) ? (value as number[]) : [];
    return typeof first === "number" && typeof second === "number"
      ? [exact(own("betas"), { adam_beta1: first, adam_beta2: second })]
      : [none(own("betas"), "They are not two numbers.", ["adam_beta1", "adam_beta2"])];
  },
  write: ({ number }) => ({
    settings: { [own("betas")]: [number("adam_beta1"), number("adam_beta2")] },
  }),
});

const SCHEDULER = "policy.scheduler";
const TORCH = "torch.optim.lr_scheduler";
const WARM = [
  { name: `${TORCH}.LinearLR`, kwargs: { start_factor: 0.1, end_factor: 1, total_iters: 50 } },
  { name: `${TORCH}.ConstantLR`, kwargs: { factor: 1, total_iters: 10_000_000_000 } },
  { milestones: [50] },
] as const satisfies PlainValue;

interface Part {
  name?: string;
  kwargs?: Readonly<Record<string, number>>;
}

/** torch's schedules one after the other. */
const schedule = derived({
  fields: ["lr_scheduler_type", "lr_scheduler_kwargs", "warmup_steps", "warmup_ratio"],
  keys: { [SCHEDULER]: WARM },
  mark: "near",
  note: "torch's schedules in a row; without a setting from a tenth up over 50 steps, then constant",
  read: (given) => [readSchedule(given)],
  write({ text, number }) {
    const type = text("lr_scheduler_type");
    const steps = number("warmup_steps");
    const constant = {
      name: `${TORCH}.ConstantLR`,
      kwargs: { factor: 1, total_iters: 10_000_000_000 },
    };
    if (type === "constant_with_warmup" && steps >= 1) {
      const warm = {
        name: `${TORCH}.LinearLR`,
        kwargs: { start_factor: 1e-8, end_factor: 1, total_iters: steps },
      };
      return { settings: { [SCHEDULER]: [warm, constant, { milestones: [steps] }] } };
    }
    const plain = type === "constant" || (type === "constant_with_warmup" && steps === 0);
    const says = cannot(`${type} would need the length of the run in steps; constant is written.`);
    return {
      settings: { [SCHEDULER]: [constant] },
      notes: plain ? {} : { lr_scheduler_type: says, ...(steps > 0 ? { warmup_steps: says } : {}) },
    };
  },
});

function readSchedule(given: Given): Outcome {
  const value = given.value(SCHEDULER);
  const parts = (Array.isArray(value) ? value : []) as readonly Part[];
  const named = (ending: string) => parts.find(({ name }) => name?.endsWith(ending) === true);
  const linear = named("LinearLR")?.kwargs;
  const cosine = named("CosineAnnealingLR");
  if (parts.length === 0) return none(SCHEDULER, "No list of schedules.", ["lr_scheduler_type"]);
  const warmup = linear?.total_iters ?? 0;
  if (cosine) {
    return near(
      SCHEDULER,
      { lr_scheduler_type: "cosine", warmup_steps: warmup },
      `Half a cosine over ${cosine.kwargs?.T_max ?? "its own number of"} steps; transformers' ends with the run.`,
    );
  }
  if (linear === undefined)
    return exact(SCHEDULER, { lr_scheduler_type: "constant", warmup_steps: 0 });
  const sets = { lr_scheduler_type: "constant_with_warmup", warmup_steps: warmup };
  const start = linear.start_factor ?? 1 / 3;
  return start < 1e-6
    ? exact(SCHEDULER, sets)
    : near(
        SCHEDULER,
        sets,
        `Rises from ${start} of the rate over ${warmup} steps; transformers' from 0.`,
      );
}

export const optimizer: readonly Rule[] = [
  ...PAIRS.map(twice),
  betas,
  derived({
    fields: ["max_grad_norm"],
    keys: { "policy.max_grad_norm": 1 },
    read: (given) => [
      exact("policy.max_grad_norm", { max_grad_norm: given.number("policy.max_grad_norm") }),
    ],
    write: ({ number }) => ({ settings: { "policy.max_grad_norm": number("max_grad_norm") } }),
  }),
  schedule,
  derived({
    fields: ["optim"],
    keys: { "policy.optimizer.name": "torch.optim.AdamW" },
    read: (given) => [
      given.word("policy.optimizer.name").endsWith("adamw")
        ? exact("policy.optimizer.name", { optim: "adamw_torch" })
        : none("policy.optimizer.name", "An optimizer that is not here.", ["optim"]),
    ],
    write: ({ text }) =>
      text("optim").startsWith("adamw") && !text("optim").includes("8bit")
        ? { settings: { "policy.optimizer.name": "torch.optim.AdamW" } }
        : {
            settings: { "policy.optimizer.name": "torch.optim.AdamW" },
            notes: { optim: cannot(`torch's AdamW is written, not ${text("optim")}.`) },
          },
  }),
];
