import { lossForm } from "../config/loss-types.ts";
import type { GRPOConfig } from "../config/types.ts";

/** The objective that a config optimises, as TeX: no static formula, it follows every switch. */
export function objectiveTex(config: Readonly<GRPOConfig>, level: "token" | "sequence"): string {
  const perToken = config.importance_sampling_level === "sequence_token";
  const ratio = level === "token" ? "r_{i,t}" : perToken ? "s_{i,t}" : "s_i";
  const A = String.raw`\hat{A}_i`;
  const weighed = config.use_bias_correction_kl ? ratio : "";
  const kl = config.beta === 0 ? "" : String.raw`\,-\,\beta\,${weighed}\,D_{\mathrm{KL}}`;
  const inside = `${masks(config)}${term(config, ratio, A)}${kl}`;
  const bonus = hasBonus(config) ? String.raw`\\ &-\,\lambda_H\,\overline{H}` : "";
  return String.raw`\begin{aligned}\mathcal{L} = -&${sums(config)}\\ &\Big[${inside}\Big]${bonus}\end{aligned}`;
}

/** The same in plain characters, for before the type setter has loaded. */
export function objectivePlain(config: Readonly<GRPOConfig>, level: "token" | "sequence"): string {
  const ratio = level === "token" ? "r" : "s";
  return `loss (${config.loss_type}): ${plainTerm(config, ratio)}`;
}

function plainTerm(config: Readonly<GRPOConfig>, ratio: string): string {
  switch (lossForm(config).rule) {
    case "clip":
      return `min(${ratio} A, clip(${ratio}) A)`;
    case "geometric":
      return ratio === "r" ? "geometric mean of clip(r) × A" : "min(s A, clip(s) A)";
    case "cap":
      return `min(${ratio}, ε high) A log π`;
    case "gate":
      return `4/τ σ(τ(${ratio} − 1)) A`;
    case "gamma":
      return "φ(w) A log π";
  }
}

const hasBonus = (config: Readonly<GRPOConfig>): boolean =>
  config.entropy_coef !== 0 || config.use_adaptive_entropy;

/** Indicators of the tokens and rows that the policy loss acts on. */
function masks(config: Readonly<GRPOConfig>): string {
  const entropy = config.top_entropy_quantile < 1 ? String.raw`\mathbb{1}[H_{i,t}\ge h]\,` : "";
  const near = config.off_policy_mask_threshold === null ? "" : String.raw`M_i\,`;
  return near + entropy;
}

function term(config: Readonly<GRPOConfig>, ratio: string, A: string): string {
  switch (lossForm(config).rule) {
    case "clip": {
      const held = config.delta === null ? ratio : String.raw`\min(${ratio},\delta)`;
      const high = String.raw`1+\varepsilon${config.epsilon_high === null ? "" : String.raw`_{\mathrm{high}}`}`;
      const least = String.raw`\min\big(${held}\,${A},\ \mathrm{clip}(${ratio},\,1-\varepsilon,\,${high})\,${A}\big)`;
      return (config.dual_clip ?? null) === null
        ? least
        : String.raw`\max\big(${least},\ -c\,\lvert${A}\rvert\big)`;
    }
    case "geometric":
      return config.importance_sampling_level === "token"
        ? String.raw`\exp\Big(\tfrac{1}{|o_i|}\sum_t\mathrm{clip}_{${A}}(\log ${ratio},\,-\varepsilon,\,\varepsilon_{\mathrm{high}})\Big)\,${A}`
        : String.raw`\min\big(${ratio}\,${A},\ \mathrm{clip}(${ratio},\,e^{-\varepsilon},\,e^{\varepsilon_{\mathrm{high}}})\,${A}\big)`;
    case "cap": {
      const capped = String.raw`\min(${ratio},\,\varepsilon_{\mathrm{high}})`;
      const held = config.cispo_floor
        ? String.raw`\max(${config.cispo_floor},\,${capped})`
        : capped;
      return String.raw`\mathrm{sg}[${held}]\,${A}\,\log\pi`;
    }
    case "gate":
      return String.raw`\tfrac{4}{\tau}\,\sigma\big(\tau(${ratio}-1)\big)\,${A}`;
    case "gamma":
      return String.raw`\mathrm{sg}[\varphi(w_i)]\,${A}\,\log\pi`;
  }
}

function sums(config: Readonly<GRPOConfig>): string {
  const both = String.raw`\sum_i\sum_t`;
  const { row, divisor } = lossForm(config);
  switch (divisor) {
    case "rows":
      return row === "mean"
        ? String.raw`\frac1B\sum_i\frac{1}{|o_i|}\sum_t`
        : String.raw`\frac1B${both}`;
    case "longest rows":
      return String.raw`\frac{1}{B\,L_{\max}}${both}`;
    case "micro-batch tokens":
      return String.raw`\frac{1}{\sum_i|o_i|}${both}`;
    case "rollout tokens":
      return String.raw`\frac{1}{N}${both}`;
  }
}
