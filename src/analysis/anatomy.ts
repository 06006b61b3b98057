import type { ClipLevel, StepRecord } from "../record/record.ts";
import { axisWindow } from "./log-axis.ts";
import { type ClipRule, clipRuleAt } from "./clip-rule.ts";

/** One row's ratios and what they multiply and average to. */
export interface Anatomy {
  tokens: readonly { token: number; logRatio: number; clipped: boolean }[];
  /** Π r, which is s to the power of the row's length. */
  product: number;
  /** What Π r could be at most and at least if every token stood at its clip limit. */
  reach: { low: number; high: number } | null;
  lowest: number;
  highest: number;
  sequenceLog: number;
  sequenceClipped: boolean;
  /** Half-width of the axis in natural log. */
  window: number;
}

export function anatomyOf(
  record: StepRecord,
  row: number,
  rules: Readonly<Record<ClipLevel, ClipRule>> = {
    token: clipRuleAt(record, "token"),
    sequence: clipRuleAt(record, "sequence"),
  },
): Anatomy {
  const rule = rules.token;
  const base = row * record.columns;
  const tokens = Array.from({ length: record.length[row]! }, (_, token) => ({
    token,
    logRatio: record.logRatio[base + token]!,
    clipped: record.tokenClipped[base + token] === 1,
  })).filter(({ token }) => record.mask[base + token] === 1);
  const ratios = tokens.map(({ token }) => record.tokenRatio[base + token]!);
  const sequenceLog = Math.log(record.sequenceRatio[row]!);
  const extent = Math.max(
    Math.abs(sequenceLog),
    ...tokens.map(({ logRatio }) => Math.abs(logRatio)).filter(Number.isFinite),
    ...Object.values(rules).flatMap((each) =>
      each.kind === "hard"
        ? [1.1 * Math.log(each.high), each.low > 0 ? -1.1 * Math.log(each.low) : 0]
        : [],
    ),
  );
  return {
    tokens,
    product: ratios.reduce((product, ratio) => product * ratio, 1),
    reach:
      rule.kind === "hard"
        ? { low: Math.max(0, rule.low) ** tokens.length, high: rule.high ** tokens.length }
        : null,
    lowest: Math.min(...ratios, Infinity),
    highest: Math.max(...ratios, -Infinity),
    sequenceLog,
    sequenceClipped: record.sequenceClipped[row] === 1,
    window: axisWindow(Math.max(0.005, extent * 1.04)),
  };
}

/** Marks that lie on each other although they have lanes: where, and how many there are. */
export interface Pile {
  at: number;
  count: number;
}

/** The piles in which a mark covers half or more of another one in its lane. */
export function piles(
  positions: readonly number[],
  lanes: readonly number[],
  size: number,
): Pile[] {
  const near = (a: number, b: number) => Math.abs(positions[a]! - positions[b]!) < size / 2;
  const all = positions.map((_, i) => i);
  const hidden = all.filter((i) => all.some((j) => j > i && lanes[j] === lanes[i] && near(i, j)));
  const found: Pile[] = [];
  for (const i of hidden) {
    const at = positions[i]!;
    if (found.some((pile) => Math.abs(pile.at - at) < size)) continue;
    found.push({ at, count: all.filter((j) => near(i, j)).length });
  }
  return found;
}

/** Lanes for marks of width `size` so that none covers another; `lanes` at most. */
export function swarm(positions: readonly number[], size: number, lanes: number): number[] {
  const order = positions.map((_, i) => i).toSorted((a, b) => positions[a]! - positions[b]!);
  const ends = new Array<number>(lanes).fill(-Infinity);
  const lane = new Array<number>(positions.length).fill(0);
  for (const i of order) {
    const free = ends.findIndex((end) => end <= positions[i]!);
    // With no lane free, the one that frees first hides least.
    const chosen = free >= 0 ? free : ends.indexOf(Math.min(...ends));
    lane[i] = chosen;
    ends[chosen] = positions[i]! + size;
  }
  return lane;
}
