import type { RoutedRecord } from "./flips.ts";

/** log π of a record's tokens under its step's weights, along two routes. [row][token] */
export interface ScoredRoutes {
  /** Along the rollout's. */
  logpOldRoutes: ArrayLike<number>;
  /** Along the router's own. */
  logpOwnRoutes: ArrayLike<number>;
}

/** A token's log-ratio along the router's own routes, apart: `same` + `other`. */
export interface TokenSplit {
  /** From 0. */
  token: number;
  /** log π along the rollout's routes − log π of the rollout's weights: what weights alone change. */
  same: number;
  /** log π along the router's own routes − along the rollout's: what other experts change. */
  other: number;
}

/** The tokens of a row that count, each one's log-ratio apart. */
export function splitByRoutes(
  { columns, mask, length, logpOld }: RoutedRecord,
  { logpOldRoutes, logpOwnRoutes }: ScoredRoutes,
  row: number,
): readonly TokenSplit[] {
  return Array.from({ length: length[row]! }, (_, token) => token)
    .filter((token) => mask[row * columns + token] === 1)
    .map((token) => {
      const i = row * columns + token;
      const along = logpOldRoutes[i]!;
      return { token, same: along - logpOld[i]!, other: logpOwnRoutes[i]! - along };
    });
}
