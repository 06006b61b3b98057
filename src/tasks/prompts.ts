import { Purpose, Random } from "../base/random.ts";
import type { Task } from "./task.ts";

/** A finite training set: row r is always the same prompt. */
export interface Dataset {
  /** Number of prompts. */
  size: number;
  /** Go through it in a new random order each epoch (TRL: shuffle_dataset). */
  shuffle: boolean;
}

// Beyond any row or generation number, so that epoch orders never share a stream with prompts.
const EPOCH_ORDER = 0xffffffff;

/**
 * The prompts of one rollout: token texts, `count` of them, one per group.
 *
 * Rollouts go through the rows of the dataset in the order of the epoch, `count` at a time; what is
 * left over at the end of an epoch is dropped (TRL's RepeatSampler).
 */
export function promptsFor(
  task: Task,
  difficulty: number,
  seed: number,
  generation: number,
  count: number,
  dataset: Dataset,
): string[][] {
  return rowsFor(dataset, seed, generation, count).map((row) =>
    task.prompt(new Random(seed, Purpose.prompts, row), difficulty),
  );
}

/** Which rows of the dataset a rollout takes. */
export function rowsFor(
  dataset: Dataset,
  seed: number,
  generation: number,
  count: number,
): number[] {
  const rolloutsPerEpoch = Math.floor(dataset.size / count);
  if (rolloutsPerEpoch === 0) {
    throw new RangeError(`a rollout takes ${count} prompts; the dataset has ${dataset.size}`);
  }
  const epoch = Math.floor(generation / rolloutsPerEpoch);
  const start = (generation % rolloutsPerEpoch) * count;
  const order = dataset.shuffle ? epochOrder(seed, epoch, dataset.size) : null;
  return Array.from({ length: count }, (_, i) => order?.[start + i] ?? start + i);
}

/** The order found last: all arms and all rollouts of an epoch take their rows from one. */
let found = { seed: NaN, epoch: NaN, order: [] as readonly number[] };

function epochOrder(seed: number, epoch: number, size: number): readonly number[] {
  if (found.seed !== seed || found.epoch !== epoch || found.order.length !== size) {
    const order = new Random(seed, Purpose.prompts, EPOCH_ORDER, epoch).permutation(size);
    found = { seed, epoch, order };
  }
  return found.order;
}
