// Global gradient norm, first stage: sums of squares.
//
//   partial[l] = ( Σ_k |g[l + k·LANES]|² , 1 if any of those is infinite or NaN, else 0 )
//
// Shapes    g (N)   partial (LANES)          N = the flat buffer's length in vec4s
// Dispatch  one lane per partial: (LANES / 64, 1, 1)
// Writes    partial

override N: u32;
override LANES: u32;             // a multiple of 64

// Tested on the bits: a compiler may assume that floats are finite.
const EXPONENT = vec4u(0x7f800000u);

@group(0) @binding(0) var<storage, read>       g: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> partial: array<vec2f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var sum = 0.0;
  var bad = false;
  for (var i = id.x; i < N; i += LANES) {
    let bits = g[i];
    let value = bitcast<vec4f>(bits);
    sum += dot(value, value);
    bad = bad || any((bits & EXPONENT) == EXPONENT);
  }
  partial[id.x] = vec2f(sum, select(0.0, 1.0, bad));
}
