import type { PlainValue } from "../python/written.ts";
import { count } from "./mark.ts";
import { derived, elsewhere, exact, near, nearly, none, same } from "./rules.ts";
import {
  readRollout,
  readUpdate,
  SIZE_FIELDS,
  updatesPerRollout,
  writeSizes,
  type Unit,
} from "./sizes.ts";
import type { Given, Outcome, Rule } from "./types.ts";

/** Completions per prompt. `alone`: what theirs makes of a group of one, which TRL refuses. */
export function groupSize(key: string, usual: PlainValue | undefined, alone: string): Rule {
  const plain = same({ key, field: "num_generations", usual });
  return {
    ...plain,
    read: (given) =>
      given.value(key) === 1
        ? [ofOne(key, "One completion per prompt.", alone)]
        : plain.read(given),
  };
}

export const ofOne = (key: string, says: string, alone: string): Outcome =>
  none(key, `${says} ${alone} TRL takes two at least.`, ["num_generations"]);

interface Batches {
  /** Where the completions per prompt stand. */
  group: string;
  rollout: Unit & { usual?: PlainValue };
  update: Unit & { usual?: PlainValue };
  note?: string;
}

/** Sizes of a trainer that counts prompts where TRL counts completions. */
export function batches({ group, rollout, update, note = "" }: Batches): Rule {
  return derived({
    fields: SIZE_FIELDS,
    keys: { [rollout.key]: rollout.usual, [update.key]: update.usual },
    note,
    read: (given) => [
      readRollout(rollout, group, given),
      readUpdate(update, rollout, group, given),
    ],
    write: (whole) => writeSizes(whole, rollout, update),
  });
}

/** Updates that a rollout serves. */
export function updatesIn(given: Given, { group, rollout, update }: Batches): number {
  const size = given.number(group);
  const of = (unit: Unit) => given.number(unit.key) * (unit.of === "prompts" ? size : 1);
  return of(rollout) / of(update);
}

interface Length {
  /** A number of rollouts; null: there is no such setting. */
  rollouts: { key: string; usual: PlainValue | undefined; off?: number };
  /** Passes over the prompts. */
  epochs: { key: string; usual: PlainValue | undefined } | null;
  updates(given: Given): number;
}

/** The run's length where it is counted in rollouts; TRL counts optimizer steps. */
export const lengthInRollouts = ({ rollouts, epochs, updates }: Length): Rule =>
  derived({
    fields: ["max_steps", "num_train_epochs"],
    keys: {
      [rollouts.key]: rollouts.usual,
      ...(epochs === null ? {} : { [epochs.key]: epochs.usual }),
    },
    note: "counts rollouts, TRL optimizer steps",
    read(given) {
      const passes =
        epochs === null || given.value(epochs.key) == null
          ? []
          : [
              exact(
                epochs.key,
                { num_train_epochs: given.number(epochs.key) },
                "Passes over the prompts.",
              ),
            ];
      const value = given.value(rollouts.key);
      if (value == null || value === rollouts.off) {
        return [elsewhere(rollouts.key, "No limit: the passes decide."), ...passes];
      }
      const steps = given.number(rollouts.key) * updates(given);
      const says = `${count(given.number(rollouts.key))} rollouts × ${updates(given)} updates = max_steps ${count(steps)}.`;
      const sets = { max_steps: Math.round(steps) };
      return [
        Number.isInteger(steps) ? exact(rollouts.key, sets, says) : near(rollouts.key, sets, says),
        ...passes,
      ];
    },
    write({ values, number }) {
      const passes =
        epochs === null ? {} : { [epochs.key]: Math.max(1, Math.ceil(number("num_train_epochs"))) };
      const notes =
        epochs !== null && !Number.isInteger(number("num_train_epochs"))
          ? { num_train_epochs: nearly("Whole passes alone are counted.") }
          : epochs === null && number("max_steps") <= 0
            ? {
                num_train_epochs: nearly(
                  `There are no passes: set ${rollouts.key} to the number of rollouts.`,
                ),
              }
            : {};
      if (number("max_steps") <= 0) return { settings: passes, notes };
      const value = number("max_steps") / (updatesPerRollout(values) * number("num_iterations"));
      return Number.isInteger(value)
        ? { settings: { ...passes, [rollouts.key]: value }, notes }
        : {
            settings: { ...passes, [rollouts.key]: Math.ceil(value) },
            notes: {
              ...notes,
              max_steps: nearly(
                `Rollouts are counted: ${count(number("max_steps"))} optimizer steps are ${value.toPrecision(6)} of them.`,
              ),
            },
          };
    },
  });
