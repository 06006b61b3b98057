// Products of two vectors, first stage: partial sums.
//
//   partial[l] = ( Σ_k a[i]·a[i] , Σ_k b[i]·b[i] , Σ_k a[i]·b[i] , 0 )        i = l + k·LANES
//
// Shapes    a, b (N)   partial (LANES)       N = the vectors' length in vec4s
// Dispatch  one lane per partial: (LANES / 64, 1, 1)
// Writes    partial

override N: u32;
override LANES: u32;             // a multiple of 64

@group(0) @binding(0) var<storage, read>       a: array<vec4f>;
@group(0) @binding(1) var<storage, read>       b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  var sum = vec4f(0.0);
  for (var i = id.x; i < N; i += LANES) {
    let x = a[i];
    let y = b[i];
    sum += vec4f(dot(x, x), dot(y, y), dot(x, y), 0.0);
  }
  partial[id.x] = sum;
}
