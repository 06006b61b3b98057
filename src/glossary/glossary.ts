import type { LossType } from "../config/types.ts";

/** A word of the page, explained in two lines. */
export interface Entry {
  word: string;
  /** At most 120 characters. */
  says: string;
  /** Where it is from, for who wants to read on. */
  source?: string;
}

/** Words of the page by their names; the Guide lists all, a `Word` explains one where it stands. */
export const GLOSSARY = {
  grpo: {
    word: "GRPO",
    says: "Group relative policy optimization: each token is weighed by its own ratio and clipped by itself.",
    source: "DeepSeekMath paper",
  },
  gspo: {
    word: "GSPO",
    says: "Group sequence policy optimization: one ratio per completion weighs and clips all of its tokens.",
    source: "GSPO paper, section 4.1",
  },
  "figure-3": {
    word: "Figure 3",
    says: "What GRPO does with this batch. Figures 3 and 4 are named after the two diagrams of Unsloth’s page on GSPO.",
  },
  "figure-4": {
    word: "Figure 4",
    says: "What GSPO does with the same batch: the same rows and rewards, one ratio for each row.",
  },
  experts: {
    word: "experts",
    says: "In a mixture a layer has several small networks. A token goes through the few that its router picks.",
    source: "Mixtral paper, section 2",
  },
  router: {
    word: "router",
    says: "The layer that gives each expert a logit for a token; the largest ones are chosen and weighed.",
  },
  flip: {
    word: "flipped route",
    says: "A token goes through other experts than under the weights that wrote it: its ratio can jump.",
    source: "GSPO paper, section 5.3",
  },
  load: {
    word: "load",
    says: "The part of all routes that goes to one expert. The load-balancing loss pulls it towards even.",
  },
  row: {
    word: "row",
    says: "One completion: the tokens that the policy wrote to one prompt. Rows of one prompt make a group.",
  },
  step: {
    word: "step",
    says: "One optimizer step: one update of the weights. Steps count from 1 through the whole run.",
  },
  film: {
    word: "film",
    says: "What each policy answers to one prompt as it learns, wrong tokens struck.",
  },
  "right-answers": {
    word: "6/8",
    says: "How many of the pinned prompts an arm answers right after that step. So few do not decide between arms.",
  },
  "mean-reward": {
    word: "x̄",
    says: "Mean reward of all completions of the rollout on screen: it tells more of an arm than a few answers.",
  },
  rollout: {
    word: "rollout",
    says: "Completions sampled at one time by one policy. One rollout serves several optimizer steps.",
  },
  "inner-step": {
    word: "inner step, k",
    says: "Optimizer steps since the rollout. At k = 0 the policy is the one that wrote it: every ratio is 1.",
  },
  arm: {
    word: "arm",
    says: "One of the policies trained side by side, from the same weights, on the same prompts.",
  },
  "on-policy": {
    word: "off-policy",
    says: "The policy has been updated since the rollout, so ratios have left 1. On-policy: it has not.",
  },
  difference: {
    word: "max |Δ|",
    says: "The largest difference between the two figures in view, of ratio times advantage. 0 at k = 0.",
  },
  ratio: {
    word: "ratio, r",
    says: "How much likelier a token is now than when it was sampled: π divided by π_old.",
  },
  "sequence-ratio": {
    word: "s",
    says: "The row’s one ratio: the geometric mean of its tokens’ ratios. GSPO weighs and clips by it.",
    source: "GSPO paper, equation 7",
  },
  "geometric-mean": {
    word: "geometric mean",
    says: "The n-th root of the product of n ratios, or exp of the mean of their logarithms.",
  },
  product: {
    word: "Π r",
    says: "The product of the row’s token ratios: what s would be without the division by the length.",
  },
  reach: {
    word: "Π r in band",
    says: "The range the product can take while every token’s ratio stays inside the clip band.",
  },
  range: { word: "range of r", says: "The smallest and the largest token ratio of the row." },
  advantage: {
    word: "advantage, A",
    says: "The row’s reward less its group’s mean, usually divided by the group’s deviation. Above 0: push up.",
  },
  share: {
    word: "gradient share",
    says: "What one token puts on the gradient, of all that the rows in view put on it. Grad. %: a whole row’s.",
  },
  clip: {
    word: "clip",
    says: "A ratio beyond the band, on the side the advantage already pushes it to, gets no gradient.",
  },
  "clip-band": {
    word: "ε, clip band",
    says: "1 − ε to 1 + ε, or to 1 + ε_high. Only the side that the sign of A binds is cut off.",
  },
  "by-token": {
    word: "by token",
    says: "Share of all tokens that is clipped: a long row counts as all of its tokens.",
  },
  "by-row": {
    word: "by row",
    says: "Mean over rows of the share that is clipped: each row counts once, however long.",
  },
  deviation: {
    word: "sd of log r",
    says: "Standard deviation of the log-ratios: how far apart they are.",
  },
  nats: {
    word: "nats",
    says: "Unit of entropy with the natural logarithm; 0.69 nats is one fair coin.",
  },
  unclipped: {
    word: "unclipped",
    says: "The gradient’s length before max_grad_norm scales it down.",
  },
  ema: {
    word: "EMA",
    says: "Exponential moving average: older steps weigh less; after its half-life, half as much.",
  },
  live: { word: "live", says: "A change takes effect at the next optimizer step." },
  "next-generation": {
    word: "next generation",
    says: "A change takes effect with the next rollout.",
  },
  restart: { word: "restart", says: "A change takes effect when the run is reset." },
  "export-only": {
    word: "export-only",
    says: "Means nothing in a browser; it is kept for the exported script.",
  },
  kl: {
    word: "KL",
    says: "How far the policy is from a frozen reference, estimated per token; beta weighs it in the loss.",
  },
} as const satisfies Readonly<Record<string, Entry>>;

export type WordId = keyof typeof GLOSSARY;

/** What each loss type does with the ratios, and how it adds up. After TRL 1.13’s `_compute_loss`. */
export const LOSS_WORDS: Readonly<Record<LossType, string>> = {
  grpo: "Clips. Each row’s mean, then the mean over rows: all rows weigh the same. The GSPO paper’s choice.",
  bnpo: "Clips. Mean over all tokens of a micro-batch: long rows weigh more, and its size matters.",
  dr_grpo:
    "Clips. Sum over tokens by a constant; with the sequence level rows weigh by their length.",
  dapo: "Clips. Mean over all tokens of the rollout’s share: long rows weigh more. TRL’s default.",
  cispo:
    "No clip: the ratio is a weight, at most epsilon_high, and every token keeps its gradient.",
  sapo: "No clip: a smooth gate takes the push away as a ratio leaves 1. Rows weigh the same.",
  luspo: "Clips. Sum over a row’s tokens, mean over rows: with the sequence level, by length.",
  vespo: "No clip: a smooth weight of the row’s whole ratio, a product. Meant for the token level.",
};
