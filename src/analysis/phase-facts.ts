import { type StepRecord, clipLevelOf } from "../record/record.ts";
import { phasesOf, type Phase } from "./walk.ts";
import { BEYOND_RECORD, lossParts, meetsLoss } from "./recombine.ts";
import { clipNote, clipRuleAt, decimalsAt, epsilonAt, ratioAt } from "./clip-rule.ts";
import * as format from "./format.ts";
import { isOnPolicy } from "./on-policy.ts";

/** What one phase of the shown step did, in numbers of its record. */
export interface PhaseFacts {
  label: string;
  /** The one number of the phase. */
  value: string;
  /** What that number is. */
  unit: string;
  /** How it came about, in one or two sentences. */
  sentence: string;
  /** False where the phase ran in an earlier inner step and its result was kept. */
  ran: boolean;
}

/** Facts of one phase. `next` is the record of the following inner step, where there is one. */
export function phaseFacts(record: StepRecord, next: StepRecord | null, phase: Phase): PhaseFacts {
  const ran = phasesOf(record).includes(phase);
  const facts = FACTS[phase](record, next);
  const kept = `Made at k = 0 of rollout ${record.generation} and kept since. `;
  return { ...facts, sentence: ran ? facts.sentence : kept + facts.sentence, ran };
}

type Read = (record: StepRecord, next: StepRecord | null) => Omit<PhaseFacts, "ran">;

const FACTS: Readonly<Record<Phase, Read>> = {
  generate: (record) => {
    const cut = sum(record.truncated);
    return {
      label: "generate",
      value: String(sum(record.mask)),
      unit: "tokens",
      sentence: `The policy writes ${format.plural(record.config.num_generations, "completion")} for each prompt, one token after another; ${format.plural(cut, "row")} ${cut === 1 ? "runs" : "run"} into the limit of ${record.columns} tokens. The log-probabilities of this policy are π_old.`,
    };
  },
  reward: (record) => {
    if (record.rewardNames.length === 0) {
      const sentence = `Each completion is scored; by what is not known here: ${format.NO_REWARDS}.`;
      return { label: "reward", value: "—", unit: "not logged", sentence };
    }
    const names = record.rewardNames.map(
      (name, f) => `${name} ${format.reward(mean(record.rewards[f]!))}`,
    );
    return {
      label: "reward",
      value: format.reward(mean(record.reward)),
      unit: "mean",
      sentence: `Each completion is scored; in this step’s ${format.plural(record.rows, "row")}: mean ${names.join(", ")}; from ${format.reward(least(record.reward))} to ${format.reward(most(record.reward))} together. The chart has the mean of the whole rollout.`,
    };
  },
  advantage: (record) => {
    const still = record.advantage.filter((value) => value === 0).length;
    return {
      label: "advantage",
      value: `${format.signed(least(record.advantage), 1).trim()}…${format.signed(most(record.advantage), 1).trim()}`,
      unit: "range of A",
      sentence: `The mean reward of the prompt's completions is taken off${scaled(record)}: above the mean pushes up, below pushes down. ${format.plural(still, "row")} of ${record.rows} ${still === 1 ? "has" : "have"} A = 0 and ${still === 1 ? "pushes" : "push"} nothing.`,
    };
  },
  ratio: (record) => {
    const r = counted(record, record.tokenRatio);
    const ofTokens = decimalsAt(record, "token") - 1;
    const value = `${ratioAt(record, "token", least(r), ofTokens)} to ${ratioAt(record, "token", most(r), ofTokens)}`;
    const { sequenceRatio: s } = record;
    const rows = `${ratioAt(record, "sequence", least(s))} to ${ratioAt(record, "sequence", most(s))}`;
    const same =
      "The weights that score these tokens are the ones that wrote them: log π − log π_old is 0, so every r is exactly 1, and so is every s. Both figures are identical, and so is the update.";
    return {
      label: "ratio",
      value: value.replace(" to ", "…"),
      unit: "token ratios",
      sentence: isOnPolicy(record)
        ? same
        : `${moved(record)} r = π / π_old spreads from ${value}; s, the geometric mean of each row, from ${rows}.`,
    };
  },
  clip: (record) => {
    const note = clipNote(clipRuleAt(record, "token"), clipRuleAt(record, "sequence"));
    const tokens = sum(record.tokenClipped);
    const rows = sum(record.sequenceClipped);
    const driving = record.level === "token" ? "GRPO's tokens" : "GSPO's rows";
    return {
      label: "clip",
      value: `${tokens} · ${rows}`,
      unit: "tokens · rows",
      sentence:
        note === null
          ? `${clips(record, tokens, rows)} The ${record.arm} arm follows ${driving}.`
          : `${record.config.loss_type}: ${note}.`,
    };
  },
  aggregate: (record) => {
    const parts = lossParts(record, clipLevelOf(record.level));
    const loss = record.metrics.loss ?? parts?.loss;
    return {
      label: "aggregate",
      value: loss === undefined ? "not measured" : format.loss(loss),
      unit: "loss",
      sentence:
        parts === null
          ? `${record.config.loss_type} puts the tokens together to one loss.`
          : `${record.config.loss_type} adds up each ${parts.termName} to ${format
              .signed(parts.terms.reduce((total, term) => total + term, 0) - (parts.kl ?? 0), 4)
              .trim()} and divides by ${parts.divisorName}: ${
              meetsLoss(record, parts)
                ? "the loss is minus that."
                : `minus that is part of the loss. ${BEYOND_RECORD}`
            }`,
    };
  },
  backward: (record) => {
    const norm = record.metrics.grad_norm;
    const pushed = record.gradient.reduce((n, value) => n + (value === 0 ? 0 : 1), 0);
    return {
      label: "backward",
      value: norm === undefined ? "not measured" : format.fixed(norm, 3),
      unit: "norm",
      sentence: `∂loss/∂log π of ${pushed} of ${sum(record.mask)} tokens is not 0. It runs back through the policy to every weight; the norm is of all of them together, before max_grad_norm.`,
    };
  },
  optimizer: (record, next) => {
    const { optim, max_grad_norm: limit, learning_rate } = record.config;
    const norm = record.metrics.grad_norm ?? NaN;
    const rate = record.metrics.learning_rate ?? learning_rate;
    const factor = limit > 0 && norm > limit ? limit / (norm + 1e-6) : 1;
    const held =
      factor < 1
        ? `The gradient is scaled by ${format.fixed(factor, 3)} to norm ${format.setting(limit)}, then `
        : "";
    const moved =
      next === null || !sameTokens(record, next)
        ? ""
        : ` Measured on the same tokens one step later: mean |log r| goes from ${format.fixed(drift(record), 4)} to ${format.fixed(drift(next), 4)}.`;
    return {
      label: "optimizer",
      value: format.setting(rate),
      unit: "learning rate",
      sentence: `${held}${optim} moves the weights.${moved}`,
    };
  },
};

/** How much each level clips, and by whose ε. */
function clips(record: StepRecord, tokens: number, rows: number): string {
  const [ofTokens, ofRows] = [epsilonAt(record, "token"), epsilonAt(record, "sequence")];
  const all = [`${tokens} of ${sum(record.mask)} tokens`, `${rows} of ${record.rows} rows`];
  return ofTokens === ofRows
    ? `With ${ofTokens}, GRPO clips ${all[0]} and GSPO ${all[1]}.`
    : `GRPO clips ${all[0]} (${ofTokens}) and GSPO ${all[1]} (${ofRows}).`;
}

const sum = (values: Uint32Array): number => values.reduce((total, value) => total + value, 0);
const least = (values: Float32Array): number => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = (values: Float32Array): number => values.reduce((a, b) => Math.max(a, b), -Infinity);

function mean(values: Float32Array): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((total, value) => total + value, 0) / known.length;
}

const counted = (record: StepRecord, values: Float32Array): Float32Array =>
  values.filter((_, i) => record.mask[i] === 1);

/** Mean |log r| over the tokens that count. */
function drift(record: StepRecord): number {
  let total = 0;
  record.logRatio.forEach((value) => (total += Math.abs(value)));
  return total / Math.max(1, sum(record.mask));
}

const sameTokens = (a: StepRecord, b: StepRecord): boolean =>
  a.tokens.length === b.tokens.length && a.tokens.every((token, i) => token === b.tokens[i]);

/** Why the ratios are not 1; a log may count no update. */
const moved = ({ innerStep }: StepRecord): string =>
  innerStep === 0
    ? "The weights that score these tokens are not the ones that wrote them."
    : `The weights have moved ${format.plural(innerStep, "time")} since the rollout.`;

function scaled({ config }: StepRecord): string {
  if (config.scale_rewards === "none") return "";
  return `, and the rest divided by the standard deviation of the ${config.scale_rewards}`;
}
