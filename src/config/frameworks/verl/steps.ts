import { count } from "../mark.ts";
import { derived, elsewhere, exact, near, nearly, none, same, topK, flag } from "../rules.ts";
import {
  readRollout,
  readUpdate,
  SIZE_FIELDS,
  updatesPerRollout,
  writeSizes,
  type Unit,
} from "../sizes.ts";
import type { Given, Outcome, Rule } from "../types.ts";
import { KEY, rolloutKey } from "./names.ts";

const ROLLOUT: Unit = { key: KEY.trainBatch, of: "prompts" };
const UPDATE: Unit = { key: KEY.miniBatch, of: "prompts" };

/** Completions per rollout and per update: verl counts prompts, TRL completions. */
const sizes = derived({
  fields: SIZE_FIELDS,
  keys: { [KEY.trainBatch]: 1024, [KEY.genBatch]: null, [KEY.miniBatch]: 256 },
  note: "verl counts prompts, TRL completions: × rollout.n",
  read: (given) => [
    readRollout(ROLLOUT, KEY.n, given),
    readUpdate(UPDATE, ROLLOUT, KEY.n, given),
    readGenerated(given),
  ],
  write: (whole) => writeSizes(whole, ROLLOUT, UPDATE),
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
      (given.number(KEY.trainBatch) / given.number(KEY.miniBatch)) * given.number(KEY.epochs);
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
  same({ key: KEY.n, field: "num_generations", usual: 1 }),
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
