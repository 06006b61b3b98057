// A mixture of experts as formulas in float64: literal, slow, without padding.

export interface MixtureSizes {
  /** Tokens. */
  R: number;
  /** E, and how many a token goes through. */
  experts: number;
  perToken: number;
  /** The weights of a token's experts make 1. */
  normalised: boolean;
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

export const softmax = (values: readonly number[]): number[] => {
  const highest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
};

/** Of each token its logits. [token][expert] */
export const rowsOf = (flat: readonly number[], width: number): number[][] =>
  range(flat.length / width).map((row) => flat.slice(row * width, (row + 1) * width));

/** The k largest of each token, the largest first; of equal ones the first. (R · k) */
export const chooseExperts = (logits: readonly number[], sizes: MixtureSizes): number[] =>
  rowsOf(logits, sizes.experts).flatMap((row) =>
    range(sizes.experts)
      .toSorted((a, b) => row[b]! - row[a]! || a - b)
      .slice(0, sizes.perToken),
  );

/** Their weights, which the router's logits give. (R · k) */
export const weightsOf = (
  logits: readonly number[],
  chosen: readonly number[],
  { experts, perToken, normalised }: MixtureSizes,
): number[] =>
  rowsOf(logits, experts).flatMap((row, t) => {
    const own = chosen.slice(t * perToken, (t + 1) * perToken);
    const all = softmax(row);
    return normalised ? softmax(own.map((e) => row[e]!)) : own.map((e) => all[e]!);
  });

/** transformers' load_balancing_loss_func, of the logits of all layers and what they chose. */
export function balanceLoss(
  layers: readonly (readonly number[])[],
  chosen: readonly (readonly number[])[],
  { experts }: Pick<MixtureSizes, "experts">,
): number {
  const rows = layers.flatMap((logits) => rowsOf(logits, experts));
  const all = chosen.flat();
  return (
    experts *
    range(experts).reduce((sum, e) => {
      const share = all.filter((each) => each === e).length / rows.length;
      const mean = rows.reduce((total, row) => total + softmax(row)[e]!, 0) / rows.length;
      return sum + share * mean;
    }, 0)
  );
}

/** gpt-oss's h of gate and up. */
export const clamped = (gate: readonly number[], up: readonly number[]): number[] =>
  gate.map((value, i) => {
    const g = Math.min(value, 7);
    const u = Math.max(-7, Math.min(7, up[i]!));
    return ((u + 1) * g) / (1 + Math.exp(-1.702 * g));
  });
