import { cannot, derived, elsewhere, exact, near, none } from "../rules.ts";
import type { Given, Outcome } from "../types.ts";

const LOSS = "actor.policy_loss_type";

const IS = {
  on: "algo.advantage.is_correction_enable",
  type: "algo.advantage.is_correction_type",
  limits: "algo.advantage.is_correction_threshold",
};
const MODES: Readonly<Record<string, string>> = {
  tis: "token_truncate",
  icepop: "token_mask",
  "seq-mask-tis": "sequence_mask",
};

export const sampler = derived({
  fields: [
    "vllm_importance_sampling_correction",
    "vllm_importance_sampling_mode",
    "vllm_importance_sampling_clip_max",
    "vllm_importance_sampling_clip_min",
  ],
  keys: { [IS.on]: false, [IS.type]: "tis", [IS.limits]: [0.5, 5] },
  note: "under gspo the ratio itself is taken against the sampler's log-probs",
  read(given) {
    if (!given.flag(IS.on)) {
      return [
        exact(IS.on, { vllm_importance_sampling_correction: false }),
        elsewhere(IS.type, "The correction is off."),
        elsewhere(IS.limits, "The correction is off."),
      ];
    }
    return [correctionOf(given), ...limitsOf(given)];
  },
  write({ values, text, number }) {
    const type = Object.entries(MODES).find(
      ([, mode]) => mode === (text("vllm_importance_sampling_mode") || "sequence_mask"),
    )?.[0];
    if (values.vllm_importance_sampling_correction !== true || values.use_vllm !== true)
      return { settings: {} };
    if (type === undefined)
      return {
        settings: {},
        notes: {
          vllm_importance_sampling_mode: cannot("OpenRLHF has tis, icepop and seq-mask-tis."),
        },
      };
    const most =
      values.vllm_importance_sampling_clip_max === undefined
        ? 3
        : number("vllm_importance_sampling_clip_max");
    return {
      settings: {
        [IS.on]: true,
        [IS.type]: type,
        [IS.limits]: [number("vllm_importance_sampling_clip_min"), most],
      },
    };
  },
});

const correctionOf = (given: Given): Outcome =>
  given.word(LOSS) === "gspo"
    ? near(
        IS.on,
        { vllm_importance_sampling_correction: true },
        "Under gspo the ratio is taken against the sampler's log-probs, not the recomputed ones.",
      )
    : exact(IS.on, { vllm_importance_sampling_correction: true });

function limitsOf(given: Given): Outcome[] {
  const mode = MODES[given.word(IS.type)];
  const limits = given.value(IS.limits);
  const [low, high] = Array.isArray(limits) ? (limits as number[]) : [];
  return [
    mode === undefined
      ? none(IS.type, "It is none that is known here.", ["vllm_importance_sampling_mode"])
      : exact(IS.type, { vllm_importance_sampling_mode: mode }),
    typeof low === "number" && typeof high === "number"
      ? exact(IS.limits, {
          vllm_importance_sampling_clip_min: low,
          vllm_importance_sampling_clip_max: high,
        })
      : none(IS.limits, "It takes two numbers.", ["vllm_importance_sampling_clip_max"]),
  ];
}
