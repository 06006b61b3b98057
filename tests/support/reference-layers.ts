// The policy's layers as formulas in float64: literal, slow, without padding.

export interface Heads {
  B: number;
  T: number;
  heads: number;
  kvHeads: number;
  headDim: number;
}

const sum = (length: number, f: (i: number) => number): number => {
  let total = 0;
  for (let i = 0; i < length; i++) total += f(i);
  return total;
};

/** Row-major (rows, columns). */
const table = (rows: number, columns: number, f: (row: number, column: number) => number) => {
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) values.push(f(row, column));
  }
  return values;
};

/** x (R, I), weight (O, I) → (R, O). */
export const linear = (
  x: readonly number[],
  weight: readonly number[],
  { R, I, O }: { R: number; I: number; O: number },
): number[] => table(R, O, (r, o) => sum(I, (i) => x[r * I + i]! * weight[o * I + i]!));

export const add = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => value + b[i]!);

/** x (R, C), gain (C) → (R, C). */
export function rmsNorm(x: readonly number[], gain: readonly number[], eps: number): number[] {
  const C = gain.length;
  const R = x.length / C;
  const rstd = table(R, 1, (r) => 1 / Math.sqrt(sum(C, (c) => x[r * C + c]! ** 2) / C + eps));
  return table(R, C, (r, c) => x[r * C + c]! * rstd[r]! * gain[c]!);
}

/** table (V, C) → (tokens, C). */
export const embedding = (
  tokens: readonly number[],
  weights: readonly number[],
  C: number,
): number[] => table(tokens.length, C, (r, c) => weights[tokens[r]! * C + c]!);

/** gate, up → silu(gate) · up. */
export const swiglu = (gate: readonly number[], up: readonly number[]): number[] =>
  gate.map((value, i) => (value / (1 + Math.exp(-value))) * up[i]!);

/** x (B, T, heads·D): element j of a head turns with element j + D/2 by position · theta^(−2j/D). */
export function rotary(
  x: readonly number[],
  { T, headDim: D }: Pick<Heads, "T" | "headDim">,
  rowHeads: number,
  theta: number,
  position = 0,
): number[] {
  return x.map((value, at) => {
    const j = at % D;
    const t = position + (Math.floor(at / (rowHeads * D)) % T);
    const angle = t * theta ** ((-2 * (j % (D / 2))) / D);
    const turned = j < D / 2 ? -x[at + D / 2]! : x[at - D / 2]!;
    return value * Math.cos(angle) + turned * Math.sin(angle);
  });
}

/** What attention may have beside Llama's. */
export interface AttentionExtras {
  /** Tokens that a query sees, itself included. */
  window?: number | null;
  /** (heads) */
  sinks?: readonly number[] | null;
}

/** q (B, T, heads·D), k, v (B, T, kvHeads·D) → (B, T, heads·D); zero where a query is padding. */
export function attention(
  q: readonly number[],
  k: readonly number[],
  v: readonly number[],
  start: readonly number[],
  { B, T, heads, kvHeads, headDim: D }: Heads,
  { window = null, sinks = null }: AttentionExtras = {},
): number[] {
  return table(B * T, heads, (row, h) => row * heads + h).flatMap((query) => {
    const h = query % heads;
    const t = Math.floor(query / heads) % T;
    const b = Math.floor(query / heads / T);
    const first = Math.max(start[b]!, window === null ? 0 : t + 1 - window);
    const keys = Array.from({ length: Math.max(0, t + 1 - first) }, (_, i) => {
      const row = b * T + first + i;
      return (row * kvHeads + Math.floor(h / (heads / kvHeads))) * D;
    });
    const scores = keys.map((key) => sum(D, (d) => q[query * D + d]! * k[key + d]!) / Math.sqrt(D));
    const sink = sinks ? [sinks[h]!] : [];
    const highest = Math.max(...scores, ...sink);
    const weights = scores.map((score) => Math.exp(score - highest));
    const all = [...weights, ...sink.map((score) => Math.exp(score - highest))];
    const total = all.reduce((sum, weight) => sum + weight, 0);
    return Array.from({ length: D }, (_, d) =>
      keys.reduce((all, key, i) => all + (weights[i]! / total) * v[key + d]!, 0),
    );
  });
}

/** logits (R, V), targets (R) → both (R); nats. */
export function logProb(
  logits: readonly number[],
  targets: readonly number[],
  V: number,
  temperature: number,
): { logp: number[]; entropy: number[] } {
  const rows = targets.map((target, r) => {
    const z = logits.slice(r * V, (r + 1) * V).map((value) => value / temperature);
    const highest = Math.max(...z);
    const logSum = highest + Math.log(sum(V, (v) => Math.exp(z[v]! - highest)));
    return {
      logp: z[target]! - logSum,
      entropy: -sum(V, (v) => Math.exp(z[v]! - logSum) * (z[v]! - logSum)),
    };
  });
  return { logp: rows.map((row) => row.logp), entropy: rows.map((row) => row.entropy) };
}
