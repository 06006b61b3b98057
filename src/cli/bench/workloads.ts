import type { PolicyShape } from "../../engine/policy/shape.ts";

export type WorkloadName = "S" | "M" | "L";

/** A policy and a batch of a size that other trainers are measured at too. */
export interface Workload {
  name: WorkloadName;
  vocab: number;
  layers: number;
  width: number;
  heads: number;
  /** Columns of a row: every one is scored. */
  context: number;
  /** Rows. */
  batch: number;
  /** Share of the columns that are tokens, the others padding; all when left out. */
  filled?: number;
}

/** Tokens of each row: where not all columns are tokens, every other row has three times its neighbour's. */
export const lengthsOf = ({
  batch,
  context,
  filled = 1,
}: Pick<Workload, "batch" | "context" | "filled">) =>
  Array.from({ length: batch }, (_, row) =>
    filled === 1 ? context : Math.round(context * filled * (row % 2 === 0 ? 1.5 : 0.5)),
  );

export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  S: { name: "S", vocab: 32, layers: 2, width: 64, heads: 4, context: 32, batch: 64 },
  M: { name: "M", vocab: 64, layers: 4, width: 128, heads: 4, context: 64, batch: 64 },
  L: { name: "L", vocab: 64, layers: 4, width: 256, heads: 8, context: 128, batch: 32 },
};

/** Prompt columns of the rollout, and completions per prompt. */
export const PROMPT = 4;
export const GROUP = 8;

/** A gated MLP as large as a ReLU MLP of 4 · width: three matrices for two, in whole vec4s. */
const hidden = ({ width }: Workload): number => 4 * Math.ceil((8 * width) / 3 / 4);

export const policyOf = (w: Workload): PolicyShape => ({
  vocab: w.vocab,
  layers: w.layers,
  width: w.width,
  heads: w.heads,
  kvHeads: w.heads,
  hidden: hidden(w),
  tied: false,
  rmsNormEps: 1e-6,
  ropeTheta: 10_000,
  padTokenId: null,
});

/** FLOPs of one optimizer step's matrix products, dense attention, backward twice the forward. */
const stepFlops = (w: Workload, mlp: number): number =>
  lengthsOf(w).reduce((sum, length) => {
    const products = 2 * (w.layers * (4 * w.width ** 2 + mlp) + w.width * w.vocab);
    return sum + 3 * length * (products + w.layers * 4 * length * w.width);
  }, 0);

/** Of our policy, and of the others' with its ReLU MLP four times as wide. */
export const flopsOf = (w: Workload): { ours: number; peers: number } => ({
  ours: stepFlops(w, 3 * w.width * hidden(w)),
  peers: stepFlops(w, 8 * w.width ** 2),
});

/** FLOPs of a rollout: each prompt once per group, each sampled token against its own columns. */
export function rolloutFlops(w: Workload): number {
  const weights = 2 * w.layers * (4 * w.width ** 2 + 3 * w.width * hidden(w));
  const head = 2 * w.width * w.vocab;
  const columns = (from: number, to: number) => ((to - from) * (from + 1 + to)) / 2; // from+1 … to
  const attention = (from: number, to: number) => 4 * w.layers * w.width * columns(from, to);
  const cached = PROMPT - 1;
  const sampled = w.context - PROMPT;
  const prompts = (w.batch / GROUP) * (cached * weights + attention(0, cached));
  const tokens = sampled * (weights + head) + attention(cached, cached + sampled);
  return prompts + w.batch * tokens;
}
