import { flips, isFlipped, type LayerChoice, type RoutedRecord } from "./flips.ts";

/** One expert of a token: what it counts, and whether the other weights choose it too. */
export interface Route {
  /** Its number, from 0. */
  expert: number;
  weight: number;
  /** Under the other weights, the present or the rollout's, the token does not go through it. */
  alone: boolean;
}

/** What a token goes through in one layer, by the experts' numbers, so that the same set looks the same. */
export interface LayerRoutes {
  /** Number of the layer in the policy, from 0. */
  layer: number;
  now: readonly Route[];
  /** Under the weights that made the rollout. */
  old: readonly Route[];
  flipped: boolean;
}

/** Places of the chosen layers among those that have a mixture. */
const placesOf = ({ routing: { layers } }: RoutedRecord, choice: LayerChoice): readonly number[] =>
  [...layers.keys()].filter((at) => choice === "all" || layers[at] === choice);

/** The experts of one token in each of the chosen layers. `index`: row × columns + token. */
export function tokenRoutes(
  record: RoutedRecord,
  index: number,
  choice: LayerChoice = "all",
): readonly LayerRoutes[] {
  const { layers, perToken } = record.routing;
  return placesOf(record, choice).map((at) => {
    const from = (index * layers.length + at) * perToken;
    const [now, old] = [record.experts, record.expertsOld].map((of) =>
      of.subarray(from, from + perToken),
    ) as [Uint32Array, Uint32Array];
    const routes = (of: Uint32Array, weights: Float32Array, other: Uint32Array) =>
      Array.from(of, (expert, i) => ({
        expert,
        weight: weights[from + i]!,
        alone: !other.includes(expert),
      })).toSorted((a, b) => a.expert - b.expert);
    return {
      layer: layers[at]!,
      now: routes(now, record.expertWeights, old),
      old: routes(old, record.expertWeightsOld, now),
      flipped: isFlipped(record, index, at),
    };
  });
}

/** How many (token, layer) of some tokens go through other experts, of how many. */
export interface FlipCount {
  flipped: number;
  of: number;
}

/** Of the tokens of a row that count, in the chosen layers. */
export function rowFlips(record: RoutedRecord, row: number, choice: LayerChoice): FlipCount {
  const places = placesOf(record, choice);
  const count = { flipped: 0, of: 0 };
  for (let i = row * record.columns; i < (row + 1) * record.columns; i++) {
    if (!record.mask[i]) continue;
    count.of += places.length;
    for (const at of places) if (isFlipped(record, i, at)) count.flipped++;
  }
  return count;
}

/** The same over all rows. */
export function batchFlips(record: RoutedRecord, choice: LayerChoice): FlipCount {
  const rows = Array.from({ length: record.rows }, (_, row) => rowFlips(record, row, choice));
  return {
    flipped: rows.reduce((sum, { flipped }) => sum + flipped, 0),
    of: rows.reduce((sum, { of }) => sum + of, 0),
  };
}

/** The part of the routes of all tokens that count which goes through each expert: sums to 1. */
export function expertLoad(record: RoutedRecord, choice: LayerChoice): Float64Array {
  const { layers, perToken, experts } = record.routing;
  const places = placesOf(record, choice);
  const load = new Float64Array(experts);
  let routes = 0;
  record.mask.forEach((counts, index) => {
    if (!counts) return;
    for (const at of places) {
      const from = (index * layers.length + at) * perToken;
      for (let i = from; i < from + perToken; i++) load[record.experts[i]!]! += 1;
      routes += perToken;
    }
  });
  return routes === 0 ? load : load.map((count) => count / routes);
}

/** Log-ratios of some tokens. */
export interface LogRatios {
  tokens: number;
  /** Of all of them; 0 of none. */
  sum: number;
  /** Root of their mean square; NaN of none. */
  size: number;
}

/** The log-ratios of a row, or of all rows, apart by whether any layer sends the token elsewhere. */
export function logRatiosByRoute(
  record: RoutedRecord,
  row: number | null,
): { same: LogRatios; other: LogRatios } {
  const { columns, mask, logRatio } = record;
  const from = row === null ? 0 : row * columns;
  const until = row === null ? mask.length : from + columns;
  const found: Record<"same" | "other", number[]> = { same: [], other: [] };
  for (let i = from; i < until; i++) {
    if (mask[i]) found[flips(record, i) > 0 ? "other" : "same"].push(logRatio[i]!);
  }
  const of = (values: readonly number[]): LogRatios => ({
    tokens: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    size: Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length),
  });
  return { same: of(found.same), other: of(found.other) };
}
