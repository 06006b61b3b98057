import { spreadOut } from "../charts/spread-out.ts";

/** The label of a limit beside a plot: where its value lies and where there is room for its text. */
export interface LimitLabel {
  ratio: number;
  /** Whose limit it is; both where the levels share it, as 1 is nobody's. */
  of: "r" | "s" | "both";
  /** Of the value, CSS pixels from the top. */
  at: number;
  /** Of the text's middle: beside the value, or as near as the other labels allow. */
  text: number;
}

export interface LimitLabelsInput {
  /** The limits of r and of s, as far as a log axis can show them. */
  limits: Readonly<Record<"r" | "s", readonly number[]>>;
  /** Where a ratio lies. */
  y(ratio: number): number;
  /** Between two labels. */
  gap: number;
  room: { low: number; high: number };
}

/** One label a limit, and one for 1 where no limit is near to it. */
export function limitLabels({ limits, y, gap, room }: LimitLabelsInput): LimitLabel[] {
  const all = [...new Set([...limits.r, ...limits.s])];
  const narrow = all.some((limit) => Math.abs(y(limit) - y(1)) < gap);
  const ratios = narrow ? all : [1, ...all];
  const texts = spreadOut(ratios.map(y), gap, room);
  return ratios.map((ratio, i) => ({
    ratio,
    of:
      limits.r.includes(ratio) === limits.s.includes(ratio)
        ? "both"
        : limits.r.includes(ratio)
          ? "r"
          : "s",
    at: y(ratio),
    text: texts[i]!,
  }));
}
