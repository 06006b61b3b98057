import { beyondIn } from "../beyond.ts";
import { count } from "../mark.ts";
import { cannot, derived, elsewhere, exact, near, nearly, none } from "../rules.ts";
import type { Given, Outcome, Whole, Wrote } from "../types.ts";
import { KEY, modeOf } from "./names.ts";

const FORCED: ReadonlySet<string> = new Set(["gspo", "sapo", "geo_mean"]);
const LEVELS = ["importance_sampling_level", "loss_type", "geometric_clip"] as const;

/** What verl's own losses are, of which TRL has none. */
const OWN: Readonly<Record<string, string>> = {
  gpg: "gpg is −A log π without a ratio. On-policy any of TRL's losses has its gradient; off-policy none has.",
  clip_cov:
    "clip_cov leaves out a random few of the tokens whose covariance of log-prob and advantage is high; TRL has no such loss.",
  kl_cov:
    "kl_cov puts |Δ| on the tokens with the highest covariance and clips nothing; TRL has no such loss.",
  dppo_tv: "dppo_tv masks tokens by how far their probability moved; TRL has no such loss.",
  dppo_kl: "dppo_kl masks tokens by their KL divergence; TRL has no such loss.",
  dro: "dro is a quadratic loss; TRL has no such loss.",
  bypass_mode:
    "bypass_mode takes the sampler's log-probs for the old ones and rollout_correction's own loss; TRL has no such loss.",
};

/** The ratio level and the loss: of loss_mode, and of loss_agg_mode where the mode leaves it. */
export const objective = derived({
  fields: LEVELS,
  keys: { [KEY.mode]: "vanilla", [KEY.agg]: "token-mean", [KEY.scale]: null },
  note: "gspo, sapo and geo_mean are averaged over each row and then over rows, whatever loss_agg_mode says",
  read: (given) => [readMode(given), readAggregation(given), readScale(given)],
  write: writeObjective,
});

function readMode(given: Given): Outcome {
  const mode = modeOf(given.word(KEY.mode));
  switch (mode) {
    case "vanilla":
      return exact(
        KEY.mode,
        { importance_sampling_level: "token" },
        "PPO's clip on one ratio per token.",
      );
    case "gspo":
      return exact(
        KEY.mode,
        { importance_sampling_level: "sequence", loss_type: "grpo" },
        "One ratio per completion, averaged over rows. verl lets each token have its gradient (TRL's sequence_token): the same value and the same gradient, for all tokens of a row have one advantage.",
      );
    case "cispo": {
      const sets = { importance_sampling_level: "token", loss_type: "cispo" };
      return given.word(KEY.agg) === "token-mean"
        ? exact(KEY.mode, sets, "The ratio is a capped weight without a gradient.")
        : near(
            KEY.mode,
            sets,
            `TRL's cispo divides by all tokens; here loss_agg_mode is ${given.word(KEY.agg)}.`,
          );
    }
    case "sapo":
      return exact(
        KEY.mode,
        { importance_sampling_level: "token", loss_type: "sapo" },
        "A soft gate in place of the clip, averaged over rows.",
      );
    case "geo_mean":
      return exact(
        KEY.mode,
        { importance_sampling_level: "token", loss_type: "grpo", geometric_clip: true },
        "GMPO: log-ratios are clipped, and their geometric mean is the row's ratio; TRL has it in trl.experimental alone.",
      );
  }
  return none(KEY.mode, OWN[mode] ?? `loss_mode ${mode} is none that is known here.`, LEVELS);
}

function readAggregation(given: Given): Outcome {
  const mode = modeOf(given.word(KEY.mode));
  const agg = given.word(KEY.agg);
  if (FORCED.has(mode)) {
    return agg === "seq-mean-token-mean"
      ? exact(KEY.agg, {}, `What ${mode} does in any case.`)
      : elsewhere(
          KEY.agg,
          `${mode} takes seq-mean-token-mean in any case; ${agg} holds for the KL and entropy terms alone.`,
        );
  }
  if (mode !== "vanilla") return elsewhere(KEY.agg, `Goes with loss_mode ${mode}.`);
  switch (agg) {
    case "token-mean":
      return exact(
        KEY.agg,
        { loss_type: "dapo" },
        "Both divide by the tokens of all rows of one update.",
      );
    case "seq-mean-token-mean":
      return exact(
        KEY.agg,
        { loss_type: "grpo" },
        "The mean over each row's tokens, then over rows.",
      );
    case "seq-mean-token-sum-norm":
      return constantSum(given);
    case "seq-mean-token-sum":
      return near(
        KEY.agg,
        { loss_type: "dr_grpo" },
        `Sums over tokens and divides by rows alone: dr_grpo times max_completion_length ${count(given.number(KEY.responses))}.`,
      );
  }
  return none(KEY.agg, `${agg} divides by nothing; every loss of TRL divides.`, ["loss_type"]);
}

function constantSum(given: Given): Outcome {
  const responses = given.number(KEY.responses);
  const scale = given.value(KEY.scale) === null ? responses : given.number(KEY.scale);
  const sets = { loss_type: "dr_grpo" };
  return scale === responses
    ? exact(
        KEY.agg,
        sets,
        `Divides by rows × ${count(responses)}, the longest completion: Dr. GRPO's constant.`,
      )
    : near(
        KEY.agg,
        sets,
        `Divides by loss_scale_factor ${count(scale)}, dr_grpo by max_completion_length ${count(responses)}: a factor of ${responses / scale}.`,
      );
}

function readScale(given: Given): Outcome {
  const used =
    given.word(KEY.agg) === "seq-mean-token-sum-norm" && modeOf(given.word(KEY.mode)) === "vanilla";
  return used && given.value(KEY.scale) !== null
    ? exact(KEY.scale, {}, "Read with loss_agg_mode.")
    : elsewhere(KEY.scale, "Counts under seq-mean-token-sum-norm alone.");
}

const AGGREGATIONS: Readonly<Record<string, string>> = {
  dapo: "token-mean",
  bnpo: "token-mean",
  grpo: "seq-mean-token-mean",
  dr_grpo: "seq-mean-token-sum-norm",
};

function writeObjective({ text, number, values }: Whole): Wrote {
  const { geometric_clip: geometric } = beyondIn(values);
  const level = text("importance_sampling_level");
  const loss = text("loss_type");
  const put = (mode: string, agg: string, more = {}) => ({
    [KEY.mode]: mode,
    [KEY.agg]: agg,
    ...more,
  });
  if (level !== "token") {
    const settings = put("gspo", "seq-mean-token-mean");
    const notes: Record<string, ReturnType<typeof cannot>> = {};
    if (geometric) notes.geometric_clip = cannot("verl's gspo clips the ratio, not its logarithm.");
    if (level === "sequence_token")
      notes.importance_sampling_level = nearly(
        "verl's gspo has sequence_token's gradient; it is read back as sequence, which comes to the same.",
      );
    if (loss !== "grpo")
      notes.loss_type = nearly(
        `verl averages gspo over each row and then over rows, as loss_type grpo; ${loss} divides otherwise.`,
      );
    return { settings, notes };
  }
  if (loss === "cispo" || loss === "sapo") {
    return { settings: put(loss, loss === "cispo" ? "token-mean" : "seq-mean-token-mean") };
  }
  const agg = AGGREGATIONS[loss];
  if (geometric && agg !== undefined) {
    return {
      settings: put("geo_mean", "seq-mean-token-mean"),
      notes: {
        loss_type:
          loss === "grpo"
            ? undefined
            : nearly(
                `verl averages geo_mean over rows, as loss_type grpo; ${loss} divides otherwise.`,
              ),
      },
    };
  }
  if (agg === undefined) {
    return {
      settings: {},
      notes: {
        loss_type: cannot(
          `verl has no ${loss}; its own default, vanilla with token-mean, is left in force.`,
        ),
      },
    };
  }
  const scale = loss === "dr_grpo" ? { [KEY.scale]: number("max_completion_length") } : {};
  return {
    settings: put("vanilla", agg, scale),
    ...(loss === "bnpo"
      ? {
          notes: {
            loss_type: nearly(
              "bnpo divides by the tokens of each micro-batch, token-mean by those of the whole update.",
            ),
          },
        }
      : {}),
  };
}
