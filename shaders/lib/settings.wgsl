// What the kernels of the objective share; put before each of them.
//
// Settings  the live configuration: written when the config changes, never compiled in.
//           `packSettings` in settings.ts fills it.
// Row       what is known of one completion once its ratio is; (B) of them.
// term      per token (B, K) vec4: policy weight · KL · ∂KL/∂logp · logp, 0 where masked.

struct Settings {
  level: u32,              // TOKEN, SEQUENCE, SEQUENCE_TOKEN
  rule: u32,               // CLIP, CAP, GATE, GAMMA, GEOMETRIC: how the loss depends on the ratio
  aggregation: u32,        // PER_ROW, PER_TOKEN, PLAIN_SUM
  onPolicy: u32,           // logpOld is logp
  correctKl: u32,          // use_bias_correction_kl
  klEstimator: u32,        // K1, K2, K3
  klMost: f32,             // the KL term is held within ± this; the largest number where it is not
  hasSamplingRatio: u32,
  hasLogpSampled: u32,
  masksOffPolicy: u32,
  clipLow: f32,            // 1 − epsilon
  clipHigh: f32,           // 1 + epsilon_high
  delta: f32,              // two-sided clip; the largest number where it is off
  dual: f32,               // the same for negative advantages alone, of all of the loss
  cap: f32,                // cispo: epsilon_high itself
  floor: f32,              // cispo: smaller ratios are lifted to it
  beta: f32,
  normaliser: f32,         // of the loss, but for lengths known only here
  accumulation: f32,       // gradient_accumulation_steps
  policyLossScale: f32,    // undoes accumulation in policy_loss
  entropyQuantile: f32,    // 1 − top_entropy_quantile
  entropyCoef: f32,
  offPolicyThreshold: f32,
  histogramRange: f32,
  gatePos: f32,            // sapo_temperature_pos
  gateNeg: f32,
  gammaPosK: f32,          // vespo_k_pos
  gammaNegK: f32,
  gammaPosLambda: f32,
  gammaNegLambda: f32,
  hasBonus: u32,           // an entropy bonus is on, perhaps with a coefficient of 0 just now
  otherLow: f32,           // clipLow, clipHigh, delta, dual, cap and floor of the level that does not drive
  otherHigh: f32,
  otherDelta: f32,
  otherDual: f32,
  otherCap: f32,
  otherFloor: f32,
  tokenLogLow: f32,        // geometric: what a token's log-ratio is clipped by
  tokenLogHigh: f32,
  entropyFloor: f32,       // entropies below it are not kept either
}

struct Row {
  length: f32,             // tokens that count
  meanLogRatio: f32,
  ratio: f32,              // exp(meanLogRatio), GSPO's
  phi: f32,                // vespo's weight; GMPO's ratio of the row
  advantage: f32,
  keep: f32,               // 0 where the off-policy mask drops the row
  mismatch: f32,           // Σ |logpOld − logpSampled|
  mismatchMax: f32,
}

const TOKEN = 0u;
const SEQUENCE = 1u;
const SEQUENCE_TOKEN = 2u;

const K1 = 0u;
const K2 = 1u;
const K3 = 2u;

const CLIP = 0u;           // grpo, bnpo, dr_grpo, dapo, luspo
const CAP = 1u;            // cispo
const GATE = 2u;           // sapo
const GAMMA = 3u;          // vespo
const GEOMETRIC = 4u;      // geometric_clip in the place of CLIP: GMPO

const PER_ROW = 0u;        // grpo, sapo: mean over the row's tokens
const PER_TOKEN = 1u;      // bnpo: mean over the micro-batch's tokens
const PLAIN_SUM = 2u;      // the others

// By their bits: compilers may assume that no NaN exists and fold `x != x` away.
fn isNan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

// exp(d), exactly 1 where d is exactly 0 and NaN where d is: neither does WGSL's exp promise.
fn ratioOf(d: f32) -> f32 {
  return select(select(exp(d), 1.0, d == 0.0), d, isNan(d));
}

