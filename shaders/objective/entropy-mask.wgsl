// Top-entropy mask: the policy loss acts on the tokens with the highest entropy only.
//
//   threshold = quantile of the entropies that count, at 1 − top_entropy_quantile, interpolated
//   keep      = H ≥ max(threshold, entropyFloor)
//   bonus     = (Σ keep·H, Σ keep)
//
// The order statistics are found by radix selection: four passes of a 256-bin count over the bits.
//
// Shapes    entropy (B, K)   mask, keep (B, K) u32   term (B, K) vec4   bonus (2)
// Dispatch  one workgroup: (1, 1, 1); run only with a quantile below 1 or an entropy bonus
// Writes    keep, bonus; multiplies the policy weight in term with keep

const LANES = 256u;                // as many as one pass has bins

@group(0) @binding(0) var<storage, read>       entropy: array<f32>;
@group(0) @binding(1) var<storage, read>       mask: array<u32>;
@group(0) @binding(2) var<storage, read_write> term: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> keep: array<u32>;
@group(0) @binding(4) var<storage, read_write> bonus: array<f32>;
@group(0) @binding(5) var<uniform>             settings: Settings;

var<workgroup> bins: array<atomic<u32>, LANES>;
var<workgroup> count: atomic<u32>;
var<workgroup> next: atomic<u32>;
var<workgroup> chosen: vec2u;      // bits found so far, rank that remains
var<workgroup> sums: array<vec2f, LANES>;

// Unsigned integers in the order of the floats.
fn key(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}

fn unkey(k: u32) -> f32 {
  return bitcast<f32>(select(~k, k & 0x7fffffffu, k >= 0x80000000u));
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let N = arrayLength(&keep);

  var mine = 0u;
  for (var i = lane; i < N; i += LANES) { mine += select(0u, 1u, mask[i] != 0u); }
  atomicAdd(&count, mine);
  workgroupBarrier();
  let n = atomicLoad(&count);
  let rank = settings.entropyQuantile * f32(max(n, 1u) - 1u);
  let below = u32(floor(rank));
  if (lane == 0) { chosen = vec2u(0u, below); }

  for (var shift = 24i; shift >= 0; shift -= 8) {
    atomicStore(&bins[lane], 0u);
    workgroupBarrier();
    let found = chosen;
    for (var i = lane; i < N; i += LANES) {
      if (mask[i] == 0u) { continue; }
      let k = key(entropy[i]);
      // The digits above this pass's must be those found so far; `>> 8` twice, as 32 is no shift.
      if (((k >> u32(shift)) >> 8u) == ((found.x >> u32(shift)) >> 8u)) {
        atomicAdd(&bins[(k >> u32(shift)) & 255u], 1u);
      }
    }
    workgroupBarrier();
    if (lane == 0) {
      var left = found.y;
      var digit = 0u;
      for (; digit < 255u; digit++) {
        let here = atomicLoad(&bins[digit]);
        if (left < here) { break; }
        left -= here;
      }
      chosen = vec2u(found.x | (digit << u32(shift)), left);
    }
    workgroupBarrier();
  }

  // The value of the next rank: the same again, or the smallest above it.
  let low = chosen.x;
  if (lane == 0) {
    atomicStore(&count, 0u);
    atomicStore(&next, 0xffffffffu);
  }
  workgroupBarrier();
  for (var i = lane; i < N; i += LANES) {
    if (mask[i] == 0u) { continue; }
    let k = key(entropy[i]);
    if (k <= low) { atomicAdd(&count, 1u); } else { atomicMin(&next, k); }
  }
  workgroupBarrier();
  let a = unkey(low);
  let repeats = atomicLoad(&count) > below + 1u || below + 1u >= n;
  let b = unkey(select(atomicLoad(&next), low, repeats));
  let part = rank - f32(below);
  let between = select(b - (b - a) * (1.0 - part), a + part * (b - a), part < 0.5);
  let threshold = max(between, settings.entropyFloor);

  var sum = vec2f();
  for (var i = lane; i < N; i += LANES) {
    let kept = mask[i] != 0u && entropy[i] >= threshold;
    keep[i] = select(0u, 1u, kept);
    if (kept) { sum += vec2f(entropy[i], 1.0); } else { term[i].x = 0.0; }
  }
  sums[lane] = sum;
  for (var half = LANES / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0) {
    bonus[0] = sums[0].x;
    bonus[1] = sums[0].y;
  }
}
