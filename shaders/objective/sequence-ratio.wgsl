// Sequence ratio: GSPO's, one per completion. The geometric mean of the row's token ratios.
//
//   s[b] = exp( Σ_t d[b,t] / max(length, 1) )
//
// and what else is a sum over the row:
//   φ[b]    = exp( λ + k·ln w − λ·w ),  w = exp( clamp( Σ_t clamp(d, −20, 20), ln 1e-8, 20 ) )   vespo
//   φ[b]    = exp( Σ_t m[b,t] / max(length, 1) ),  m = min(d, ε_high) for Â > 0, max(d, −ε) for Â < 0   GMPO
//   keep[b] = Â ≥ 0  or  mean_t( logpSampled − logp ) ≤ threshold                off-policy mask
//
// Shapes    logRatio, logpSampled, samplingRatio (B, K)   mask (B, K) u32   term (B, K) vec4
//           advantage, sequenceRatio (B)   row (B)
// Dispatch  one workgroup per row: (B, 1, 1)
// Writes    sequenceRatio, row. Lanes stride the row and fold as a tree: padding adds zeros only.

override K: u32;

const WORKGROUP = 32u;  // a power of two

const LOWEST = -18.420680743952367;    // ln 1e-8

@group(0) @binding(0) var<storage, read>       logRatio: array<f32>;
@group(0) @binding(1) var<storage, read>       mask: array<u32>;
@group(0) @binding(2) var<storage, read>       term: array<vec4f>;
@group(0) @binding(3) var<storage, read>       logpSampled: array<f32>;
@group(0) @binding(4) var<storage, read>       samplingRatio: array<f32>;
@group(0) @binding(5) var<storage, read>       advantage: array<f32>;
@group(0) @binding(6) var<storage, read_write> sequenceRatio: array<f32>;
@group(0) @binding(7) var<storage, read_write> row: array<Row>;
@group(0) @binding(8) var<uniform>             settings: Settings;

var<workgroup> sums: array<vec4f, WORKGROUP>;      // length, Σd, Σ held d, Σ(sampled − logp)
var<workgroup> mismatch: array<vec2f, WORKGROUP>;  // Σ|old − sampled|, its maximum

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let b = group.x;
  let lane = local.x;

  var sum = vec4f();
  var difference = vec2f();
  let a = advantage[b];
  for (var t = lane; t < K; t += WORKGROUP) {
    let i = b * K + t;
    if (settings.rule == GAMMA && settings.hasSamplingRatio != 0u) {
      // TRL adds these over the whole width, masked or not.
      sum.z += clamp(log(max(samplingRatio[i], 1e-8)), LOWEST, 20.0);
    }
    if (mask[i] != 0u) {
      let d = logRatio[i];
      var drift = -d;
      if (settings.hasLogpSampled != 0u) {
        drift = logpSampled[i] - term[i].w;
        let gap = abs(d + drift);
        difference = vec2f(difference.x + gap, max(difference.y, gap));
      }
      // A token that the sampler could not score says nothing about drift.
      var held = clamp(d, -20.0, 20.0);
      if (settings.rule == GEOMETRIC) {
        held = select(max(d, settings.tokenLogLow), min(d, settings.tokenLogHigh), a > 0.0);
        held = select(held, d, a == 0.0 || isNan(d));
      }
      sum += vec4f(1.0, d, held, select(0.0, drift, finite(drift)));
    }
  }
  sums[lane] = sum;
  mismatch[lane] = difference;
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) {
      sums[lane] += sums[lane + half];
      let other = mismatch[lane + half];
      mismatch[lane] = vec2f(mismatch[lane].x + other.x, max(mismatch[lane].y, other.y));
    }
  }
  if (lane != 0) { return; }

  let total = sums[0];
  let length = max(total.x, 1.0);
  let mean = total.y / length;
  let ratio = ratioOf(mean);

  let logW = clamp(total.z, LOWEST, 20.0);
  let k = select(settings.gammaNegK, settings.gammaPosK, a >= 0.0);
  let lambda = select(settings.gammaNegLambda, settings.gammaPosLambda, a >= 0.0);
  let gamma = exp(lambda + k * logW - lambda * exp(logW));
  let phi = select(select(0.0, gamma, finite(gamma)), ratioOf(total.z / length), settings.rule == GEOMETRIC);

  let near = a >= 0.0 || total.w / length <= settings.offPolicyThreshold;
  let keep = select(0.0, 1.0, near || settings.masksOffPolicy == 0u);

  sequenceRatio[b] = ratio;
  row[b] = Row(total.x, mean, ratio, phi, a, keep, mismatch[0].x, mismatch[0].y);
}
