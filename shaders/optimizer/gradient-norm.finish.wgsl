// Global gradient norm, second stage: the norm, and what clipping makes of it.
//
//   norm    = √ Σ_l partial[l].x                          before clipping, as it is logged
//   factor  = min(1, maxNorm / (norm + 1e-6))             torch.nn.utils.clip_grad_norm_; maxNorm 0: 1
//   skipped = 1 if a gradient or the norm is infinite or NaN: the update leaves the weights alone
//
// Shapes    partial (LANES)   status (3) = norm, skipped, factor
// Dispatch  one workgroup: (1, 1, 1)
// Writes    status

override LANES: u32;             // a multiple of 64

const WORKGROUP = 64u;
const EXPONENT = 0x7f800000u;

struct Params { maxNorm: f32 }

@group(0) @binding(0) var<storage, read>       partial: array<vec2f>;
@group(0) @binding(1) var<storage, read_write> status: array<f32, 3>;
@group(0) @binding(2) var<uniform>             params: Params;

var<workgroup> sums: array<vec2f, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec2f(0.0);
  for (var l = lane; l < LANES; l += WORKGROUP) {
    sum += partial[l];
  }
  sums[lane] = sum;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane > 0u) { return; }

  let total = sums[0];
  let norm = sqrt(total.x);
  let bad = total.y > 0.0 || (bitcast<u32>(total.x) & EXPONENT) == EXPONENT;
  status[0] = norm;
  status[1] = select(0.0, 1.0, bad);
  status[2] = select(1.0, min(1.0, params.maxNorm / (norm + 1e-6)), params.maxNorm > 0.0);
}
