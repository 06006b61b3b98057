// A vision tower's layers as formulas in float64: literal, slow, without padding.

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const sum = (length: number, f: (i: number) => number): number =>
  range(length).reduce((total, i) => total + f(i), 0);

/** x (R, C), gain, bias (C) → (R, C). */
export function layerNorm(
  x: readonly number[],
  gain: readonly number[],
  bias: readonly number[],
  eps: number,
): number[] {
  const C = gain.length;
  return range(x.length / C).flatMap((r) => {
    const row = x.slice(r * C, (r + 1) * C);
    const mean = sum(C, (c) => row[c]!) / C;
    const deviation = Math.sqrt(sum(C, (c) => (row[c]! - mean) ** 2) / C + eps);
    return row.map((value, c) => ((value - mean) / deviation) * gain[c]! + bias[c]!);
  });
}

/** The error function by its series; enough terms up to |x| = 6. */
function erf(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return Math.abs(x) > 5 ? Math.sign(x) : (2 / Math.sqrt(Math.PI)) * total;
}

export const gelu = (x: number): number => (x * (1 + erf(x / Math.SQRT2))) / 2;
export const quickGelu = (x: number): number => x / (1 + Math.exp(-1.702 * x));

interface Attended {
  M: number;
  S: number;
  heads: number;
  headDim: number;
}

/** qkv (M, S, 3, heads·D) → (M, S, heads·D). */
export function fullAttention(
  qkv: readonly number[],
  { M, S, heads: H, headDim: D }: Attended,
): number[] {
  const at = (m: number, s: number, part: number, h: number, d: number) =>
    qkv[(((m * S + s) * 3 + part) * H + h) * D + d]!;
  return range(M * S * H).flatMap((query) => {
    const h = query % H;
    const t = Math.floor(query / H) % S;
    const m = Math.floor(query / H / S);
    const scores = range(S).map(
      (s) => sum(D, (d) => at(m, t, 0, h, d) * at(m, s, 1, h, d)) / Math.sqrt(D),
    );
    const highest = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - highest));
    const total = weights.reduce((all, weight) => all + weight, 0);
    return range(D).map((d) => sum(S, (s) => (weights[s]! / total) * at(m, s, 2, h, d)));
  });
}

interface Cut {
  M: number;
  channels: number;
  size: number;
  patch: number;
}

/** pixels (M, channels, size, size) → (M, patches, channels·patch²). */
export function patches(pixels: readonly number[], { M, channels, size, patch }: Cut): number[] {
  const grid = Math.floor(size / patch);
  return range(M).flatMap((m) =>
    range(grid * grid).flatMap((n) =>
      range(channels * patch * patch).map((i) => {
        const [channel, within] = [Math.floor(i / (patch * patch)), i % (patch * patch)];
        const y = Math.floor(n / grid) * patch + Math.floor(within / patch);
        const x = (n % grid) * patch + (within % patch);
        return pixels[((m * channels + channel) * size + y) * size + x]!;
      }),
    ),
  );
}

/** patches (M, S − 1, C), table (1 + S, C) → (M, S, C). */
export const towerEmbedding = (
  rows: readonly number[],
  table: readonly number[],
  { M, S, C }: { M: number; S: number; C: number },
): number[] =>
  range(M * S * C).map((i) => {
    const [c, s, m] = [i % C, Math.floor(i / C) % S, Math.floor(i / C / S)];
    const own = s === 0 ? table[c]! : rows[(m * (S - 1) + s - 1) * C + c]!;
    return own + table[(1 + s) * C + c]!;
  });

interface Looked {
  sequence: number;
  /** Columns: the sequence's first, and those of its scored tokens. */
  first: number;
  from: number;
  to: number;
  /** The picture's first token, from the sequence's first, and how many they are. */
  begin: number;
  N: number;
}

/**
 * q (B, T, heads·D), k (B, T, kvHeads·D): causal attention's shares, of each scored token and head: the N
 * of its picture, then all others together.
 */
export function pictureShares(
  q: readonly number[],
  k: readonly number[],
  { T, heads, kvHeads, headDim: D }: { T: number; heads: number; kvHeads: number; headDim: number },
  { sequence: b, first, from, to, begin, N }: Looked,
): number[] {
  return range(to - from).flatMap((i) =>
    range(heads).flatMap((h) => {
      const t = b * T + from + i;
      const scores = range(from + i - first + 1).map((s) => {
        const key = (b * T + first + s) * kvHeads + Math.floor((h * kvHeads) / heads);
        return sum(D, (d) => q[(t * heads + h) * D + d]! * k[key * D + d]!) / Math.sqrt(D);
      });
      const total = scores.reduce((all, score) => all + Math.exp(score), 0);
      const shares = scores.map((score) => Math.exp(score) / total);
      const others = [...shares.slice(0, begin), ...shares.slice(begin + N)];
      return [...shares.slice(begin, begin + N), others.reduce((all, share) => all + share, 0)];
    }),
  );
}
