import { count } from "../mark.ts";
import { ofOne } from "../prompt-units.ts";
import { derived, elsewhere, exact, near, nearly, none, same, topK, flag } from "../rules.ts";
import {
  readRollout,
  readUpdate,
  SIZE_FIELDS,
  updateOutcome,
  updatesPerRollout,
  writeSizes,
  type Unit,
} from "../sizes.ts";
import type { Given, Outcome, Rule } from "../types.ts";
import { agentsOf, KEY, rolloutKey } from "./names.ts";

const ROLLOUT: Unit = { key: KEY.trainBatch, of: "prompts" };
const UPDATE: Unit = { key: KEY.miniBatch, of: "prompts" };

/** Completions per rollout and per update: verl counts prompts, TRL completions. */
const sizes = derived({
  fields: SIZE_FIELDS,
  keys: { [KEY.trainBatch]: 1024, [KEY.genBatch]: null, [KEY.miniBatch]: 256 },
  note: "verl counts prompts, TRL completions: × rollout.n",
  read: (given) => [
    ...(given.value(KEY.agents) === null
      ? [readRollout(ROLLOUT, KEY.n, given), readUpdate(UPDATE, ROLLOUT, KEY.n, given)]
      : readAgents(given)),
    readGenerated(given),
  ],
  write: (whole) => writeSizes(whole, ROLLOUT, UPDATE),
});

/** Search-R1 rolls each prompt out n_agent times, and its mini-batches count completions. */
function readAgents(given: Given): Outcome[] {
  const [prompts, agents, n] = [given.number(KEY.trainBatch), agentsOf(given), given.number(KEY.n)];
  const rollout = prompts * agents * n;
  const mini = given.number(KEY.miniBatch);
  const from = `ppo_mini_batch_size ${count(mini)} completions, as Search-R1 counts them, × n ${count(n)}`;
  return [
    exact(
      KEY.trainBatch,
      { generation_batch_size: rollout },
      `train_batch_size ${count(prompts)} prompts × n_agent ${count(agents)} × n ${count(n)} = generation_batch_size ${count(rollout)} completions per rollout.`,
    ),
    updateOutcome(KEY.miniBatch, { rollout, update: mini * n, from }),
  ];
}

/** Completions per prompt. */
const group = derived({
  fields: ["num_generations"],
  keys: { [KEY.n]: 1, [KEY.agents]: null },
  note: "n_agent, of Search-R1's copy, multiplies it",
  read(given) {
    const size = given.number(KEY.n) * agentsOf(given);
    const alone = "verl takes 0 and 1 for its mean and deviation: the reward is the advantage.";
    const own =
      size === 1
        ? ofOne(KEY.n, "One completion per prompt.", alone)
        : exact(KEY.n, { num_generations: size });
    return given.value(KEY.agents) === null
      ? [own]
      : [
          own,
          near(
            KEY.agents,
            {},
            `Of Search-R1's copy of verl: n_agent ${count(agentsOf(given))} × n ${count(given.number(KEY.n))} completions per prompt.`,
          ),
        ];
  },
  write: ({ number }) => ({ settings: { [KEY.n]: number("num_generations") } }),
});

function readGenerated(given: Given): Outcome {
  const generated = given.value(KEY.genBatch);
  if (generated === null || generated === given.value(KEY.trainBatch)) {
    return elsewhere(KEY.genBatch, "As many prompts are generated for as are trained on.");
  }
  return given.flag(KEY.filter)
    ? none(
        KEY.genBatch,
        `${given.shown(KEY.genBatch)} prompts are generated for at a time until train_batch_size informative ones are found: dynamic sampling, which GRPOTrainer has not.`,
      )
    : elsewhere(KEY.genBatch, "Counts with filter_groups alone.");
}

/** verl goes through all mini-batches again, as TRL does. */
const passes = derived({
  fields: ["num_iterations"],
  keys: { [KEY.epochs]: 1, [KEY.shuffleMini]: false },
  read(given) {
    const epochs = given.number(KEY.epochs);
    const shuffled = epochs > 1 && given.flag(KEY.shuffleMini);
    return [
      shuffled
        ? near(
            KEY.epochs,
            { num_iterations: epochs },
            "The mini-batches are cut anew in each pass; TRL goes through the same ones.",
          )
        : exact(KEY.epochs, { num_iterations: epochs }),
      elsewhere(
        KEY.shuffleMini,
        shuffled ? "Read with ppo_epochs." : "The order of the mini-batches.",
      ),
    ];
  },
  write: ({ number }) => ({ settings: { [KEY.epochs]: number("num_iterations") } }),
});

const RUN = { epochs: "trainer.total_epochs" };

/** verl counts rollouts, TRL optimizer steps. */
const length = derived({
  fields: ["max_steps", "num_train_epochs"],
  keys: { [KEY.totalSteps]: null, [RUN.epochs]: 30 },
  note: "verl counts rollouts, TRL optimizer steps",
  read(given) {
    const epochs = exact(
      RUN.epochs,
      { num_train_epochs: given.number(RUN.epochs) },
      "Passes over the prompts.",
    );
    if (given.value(KEY.totalSteps) === null) {
      return [elsewhere(KEY.totalSteps, "Not set: total_epochs decides."), epochs];
    }
    const rollouts = given.number(KEY.totalSteps);
    const updates =
      ((given.number(KEY.trainBatch) * agentsOf(given)) / given.number(KEY.miniBatch)) *
      given.number(KEY.epochs);
    const steps = rollouts * updates;
    const says = `${count(rollouts)} rollouts × ${updates} updates = max_steps ${count(steps)}.`;
    const sets = { max_steps: Math.round(steps) };
    return [
      Number.isInteger(steps)
        ? exact(KEY.totalSteps, sets, says)
        : near(KEY.totalSteps, sets, says),
      epochs,
    ];
  },
  write({ values, number }) {
    const epochs = { [RUN.epochs]: number("num_train_epochs") };
    const notes = Number.isInteger(number("num_train_epochs"))
      ? {}
      : { num_train_epochs: nearly("verl counts whole epochs.") };
    if (number("max_steps") <= 0) {
      return {
        settings: { [RUN.epochs]: Math.max(1, Math.ceil(number("num_train_epochs"))) },
        notes,
      };
    }
    const rollouts = number("max_steps") / (updatesPerRollout(values) * number("num_iterations"));
    return Number.isInteger(rollouts)
      ? { settings: { ...epochs, [KEY.totalSteps]: rollouts }, notes }
      : {
          settings: { ...epochs, [KEY.totalSteps]: Math.ceil(rollouts) },
          notes: {
            ...notes,
            max_steps: nearly(
              `verl counts rollouts: ${count(number("max_steps"))} optimizer steps are ${rollouts.toPrecision(6)} of them.`,
            ),
          },
        };
  },
});

const seeds = derived({
  fields: ["seed"],
  keys: { "data.seed": null, "actor_rollout_ref.actor.data_loader_seed": 42 },
  mark: "near",
  note: "the order of the prompts alone; its random numbers are others",
  read(given) {
    const seed = given.value("data.seed");
    return [
      typeof seed === "number"
        ? near(
            "data.seed",
            { seed },
            "Decides the order of the prompts alone, with random numbers of its own.",
          )
        : elsewhere("data.seed", "No seed: the order of the prompts is by chance."),
      elsewhere(
        "actor_rollout_ref.actor.data_loader_seed",
        "The order of the mini-batches where actor.shuffle is on.",
      ),
    ];
  },
  write: ({ number }) => ({
    settings: { "data.seed": number("seed") },
    notes: { seed: nearly("verl's seed decides the order of the prompts alone.") },
  }),
});

const REPLAY = [
  "actor_rollout_ref.actor.router_replay.mode",
  "actor_rollout_ref.actor.megatron.router_replay.mode",
] as const;

const replay = derived({
  fields: ["router_replay"],
  keys: {
    [REPLAY[0]]: "disabled",
    [REPLAY[1]]: "disabled",
    [rolloutKey("enable_rollout_routing_replay")]: false,
  },
  note: "a mixture's; TRL has none, this page has it",
  read: (given) =>
    [...REPLAY, rolloutKey("enable_rollout_routing_replay")].map((key) => {
      const mode = given.word(key).toUpperCase();
      return mode === "R2" || mode === "R3"
        ? exact(key, { router_replay: mode }, "Routing Replay: this page has it, TRL has not.")
        : elsewhere(key, mode === "TRUE" ? "Keeps the sampler's routes for R3." : "Off.");
    }),
  write: ({ values }) => {
    const mode = values.router_replay ?? "none";
    if (mode === "none") return { settings: {} };
    return {
      settings: {
        [REPLAY[0]]: mode as string,
        ...(mode === "R3" ? { [rolloutKey("enable_rollout_routing_replay")]: true } : {}),
      },
    };
  },
});

export const steps: readonly Rule[] = [
  group,
  sizes,
  passes,
  length,
  same({ key: KEY.responses, field: "max_completion_length", usual: 512 }),
  derived({
    fields: ["max_prompt_length"],
    keys: { [KEY.prompts]: 512 },
    mark: "near",
    note: "TRL has none since 0.28: prompts are not cut",
    read: (given) => [
      near(
        KEY.prompts,
        { max_prompt_length: given.number(KEY.prompts) },
        "TRL has no such limit since 0.28; kept as a comment.",
      ),
    ],
    write: ({ values }) =>
      typeof values.max_prompt_length === "number"
        ? { settings: { [KEY.prompts]: values.max_prompt_length } }
        : { settings: {} },
  }),
  same({ key: rolloutKey("temperature"), field: "temperature", usual: 1 }),
  same({ key: rolloutKey("top_p"), field: "top_p", usual: 1 }),
  same({
    key: rolloutKey("top_k"),
    field: "top_k",
    usual: -1,
    codec: topK,
    says: "−1 there is 0 in TRL: no filter.",
  }),
  same({ key: "data.shuffle", field: "shuffle_dataset", usual: true, codec: flag }),
  seeds,
  replay,
];
