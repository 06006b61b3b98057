// Products of two vectors, second stage: norms and cosine.
//
//   result = ( √ a·a , √ b·b , a·b / (√ a·a · √ b·b) )       the cosine is 0 where a norm is 0
//
// Shapes    partial (LANES) = a·a, b·b, a·b, 0   result (3)
// Dispatch  one workgroup: (1, 1, 1)
// Writes    result

override LANES: u32;             // a multiple of 64

const WORKGROUP = 64u;

@group(0) @binding(0) var<storage, read>       partial: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> result: array<f32, 3>;

var<workgroup> sums: array<vec4f, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec4f(0.0);
  for (var l = lane; l < LANES; l += WORKGROUP) {
    sum += partial[l];
  }
  sums[lane] = sum;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane > 0u) { return; }

  let norms = sqrt(sums[0].xy);
  let product = norms.x * norms.y;
  result[0] = norms.x;
  result[1] = norms.y;
  result[2] = select(0.0, sums[0].z / product, product > 0.0);
}
