// Loss and its gradient with respect to every log-prob: TRL's `_compute_loss`, minimised.
//
//   x = −min(min(c, δ)·Â, clip(c)·Â)      grpo, bnpo, dr_grpo, dapo, luspo; at most −dual·Â for Â < 0
//   x = −φ·Â                              the same with geometric_clip, at level token
//   x = −sg[coefficient]·logp             cispo, vespo
//   x = −Â·(4/τ)·σ(τ(c − 1))              sapo
//   loss = Σ_b Σ_t w_b · ( x·weight + β·k·[c] )            c: token or sequence ratio
//
//   1/w_b = normaliser · { length of the row | length of all rows | 1 }
//
//   ∂loss/∂logp, per token     = w·( −coefficient·weight + β·[c]·(∂k + [k]) )
//                through s[b]  = w·( −coefficient·mean_t weight + β·[s]·(∂k + [mean_t k]) )
//
// [ ] only with use_bias_correction_kl. With no weights the mean is exactly 1, so that at ratio 1
// both levels give the same bits.
//
// Shapes    coefficient, tokenRatio, dlogp, gradient (B, K)   mask (B, K) u32   term (B, K) vec4
//           row (B)   rowLoss (B) vec2
// Dispatch  one workgroup per row: (B, 1, 1)
// Writes    dlogp, gradient = −dlogp, rowLoss = (the row's share of the loss, entries not finite)

override K: u32;

const WORKGROUP = 32u;  // a power of two

@group(0) @binding(0) var<storage, read>       coefficient: array<f32>;
@group(0) @binding(1) var<storage, read>       tokenRatio: array<f32>;
@group(0) @binding(2) var<storage, read>       mask: array<u32>;
@group(0) @binding(3) var<storage, read>       term: array<vec4f>;
@group(0) @binding(4) var<storage, read>       row: array<Row>;
@group(0) @binding(5) var<storage, read_write> dlogp: array<f32>;
@group(0) @binding(6) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(7) var<storage, read_write> rowLoss: array<vec2f>;
@group(0) @binding(8) var<uniform>             settings: Settings;

var<workgroup> partial: array<vec4f, WORKGROUP>;

fn fold(lane: u32, value: vec4f) -> vec4f {
  workgroupBarrier(); // the last fold's result has been read
  partial[lane] = value;
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { partial[lane] += partial[lane + half]; }
  }
  workgroupBarrier();
  return partial[0];
}

// GMPO: the tokens of a row share the geometric mean of their clipped ratios.
fn ofRow() -> bool {
  return settings.rule == GEOMETRIC && settings.level == TOKEN;
}

fn surrogate(c: f32, phi: f32, a: f32, pushed: f32, logp: f32) -> f32 {
  switch settings.rule {
    case CLIP, GEOMETRIC: {
      if (isNan(c)) { return c; } // min() and clamp() may hide it
      if (ofRow()) { return select(-(phi * a), 0.0, a == 0.0); }
      let capped = min(c, settings.delta);
      let clamped = clamp(c, settings.clipLow, settings.clipHigh);
      let held = select(min(max(capped, clamped), settings.dual), min(capped, clamped), a > 0.0);
      return select(-(held * a), 0.0, a == 0.0);
    }
    case GATE: {
      let tau = select(settings.gateNeg, settings.gatePos, a > 0.0);
      return -a * 4.0 / tau / (1.0 + exp(-tau * (c - 1.0)));
    }
    default: { return -pushed * logp; }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let b = group.x;
  let lane = local.x;
  let completion = row[b];

  var sum = vec4f(); // Σ weight, Σ k over the row; Σ length over the batch
  for (var t = lane; t < K; t += WORKGROUP) {
    let token = term[b * K + t];
    sum += vec4f(token.x, token.y, 0.0, 0.0);
  }
  for (var other = lane; other < arrayLength(&row); other += WORKGROUP) { sum.z += row[other].length; }
  let total = fold(lane, sum);

  let length = max(completion.length, 1.0);
  let meanWeight = select(total.x / length, 1.0, total.x == length);
  let meanKl = total.y / length;
  var lengths = array<f32, 3>(length, max(total.z, 1.0), 1.0);
  let w = 1.0 / (settings.normaliser * lengths[settings.aggregation]);
  let throughRow = settings.level == SEQUENCE;
  let throughRatio = settings.rule == CLIP || settings.rule == GATE || settings.rule == GEOMETRIC;

  var found = vec4f(); // Σ of the loss, entries that are not finite
  for (var t = lane; t < K; t += WORKGROUP) {
    let i = b * K + t;
    if (mask[i] == 0u) {
      dlogp[i] = 0.0;
      gradient[i] = 0.0;
      continue;
    }
    let token = term[i];
    let c = select(completion.ratio, tokenRatio[i], settings.level == TOKEN);
    let pushed = coefficient[i];
    let weight = token.x * completion.keep;
    let share = select(weight, meanWeight * completion.keep, (throughRow && throughRatio) || ofRow());

    var kl = token.y;
    var dkl = token.z;
    if (settings.correctKl != 0u) {
      dkl = c * (dkl + select(kl, meanKl, throughRow));
      kl = c * kl;
    }
    let x = surrogate(c, completion.phi, completion.advantage, pushed, token.w);
    var slope = -pushed * share;
    var value = select(x * weight, 0.0, weight == 0.0);
    if (settings.beta != 0.0) {
      slope += settings.beta * dkl;
      value += settings.beta * kl;
    }
    let d = w * slope;
    dlogp[i] = d;
    gradient[i] = -d;
    found += vec4f(value, select(1.0, 0.0, finite(d)), 0.0, 0.0);
  }
  found = fold(lane, found);
  if (lane == 0) {
    let share = found.x * w;
    rowLoss[b] = vec2f(share, found.y + select(1.0, 0.0, finite(share)));
  }
}
