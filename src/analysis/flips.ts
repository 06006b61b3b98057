import type { StepRecord } from "../record/record.ts";

/** A layer to look at by its number in the policy; all: what is said is of all that have a mixture. */
export type LayerChoice = number | "all";

/** A record whose policy has a mixture, with the routes of its tokens. */
export type RoutedRecord = StepRecord &
  Required<
    Pick<
      StepRecord,
      "routing" | "experts" | "expertsOld" | "expertWeights" | "expertWeightsOld" | "routerLogRatio"
    >
  >;

/** Whether the record tells which experts its tokens go through: of a dense policy none does. */
export const hasRoutes = (record: StepRecord): record is RoutedRecord =>
  record.routing !== undefined;

/**
 * Whether a token goes through other experts in one layer than under the weights that made the
 * rollout, whatever their order. `at`: the layer's place among those that have a mixture.
 */
export function isFlipped(record: RoutedRecord, index: number, at: number): boolean {
  const { layers, perToken } = record.routing;
  const from = (index * layers.length + at) * perToken;
  const old = record.expertsOld.subarray(from, from + perToken);
  return record.experts.subarray(from, from + perToken).some((expert) => !old.includes(expert));
}

/** The choice as far as the record can follow it: its first layer where it has not got the chosen one. */
export function layerIn({ routing: { layers } }: RoutedRecord, choice: LayerChoice): LayerChoice {
  if (choice === "all" && layers.length > 1) return "all";
  return layers.find((layer) => layer === choice) ?? layers[0] ?? "all";
}

/** The layer in which most tokens of the batch go through other experts; of several the first. */
export function tellingLayer(record: RoutedRecord): number {
  const { layers } = record.routing;
  const counts = layers.map((_, at) =>
    record.mask.reduce(
      (sum, counting, index) => sum + (counting && isFlipped(record, index, at) ? 1 : 0),
      0,
    ),
  );
  return layers[counts.indexOf(Math.max(...counts))]!;
}

/**
 * Of a token that counts: the layers in which its experts are others. 0 where the mask is 0, and for
 * a dense policy. `index`: row × columns + token.
 */
export function flips(record: StepRecord, index: number): number {
  if (!hasRoutes(record) || !record.mask[index]) return 0;
  let count = 0;
  for (let at = 0; at < record.routing.layers.length; at++) {
    if (isFlipped(record, index, at)) count++;
  }
  return count;
}
