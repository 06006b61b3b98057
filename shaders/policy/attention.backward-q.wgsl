// Grouped-query causal attention, backward into the queries.
//
//   p[s]  = exp( SCALE · q[t] · k[s] − logSum[t] )             start[b] ≤ s ≤ t
//   delta = o[t] · do[t]
//   dq[t] = SCALE · Σ_s p[s] · ( do[t] · v[s] − delta ) · k[s]
//
// Shapes    q, o, do, dq (B, T, H, 4·D4)   k, v (B, T, KV, 4·D4)   start (B) u32
//           stats (B, H, T, 2): logSum, delta
// Dispatch  one invocation per query: (T / WORKGROUP, H, B)
// Saves     delta, which the kernel for keys and values reads
// Writes    dq (not accumulated); zero where t < start[b]

override T: u32;      // columns
override H: u32;      // query heads
override KV: u32;     // key and value heads
override SCALE: f32;  // 1 / sqrt(head width)
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s

@group(0) @binding(0) var<storage, read>       q: array<vec4f>;
@group(0) @binding(1) var<storage, read>       k: array<vec4f>;
@group(0) @binding(2) var<storage, read>       v: array<vec4f>;
@group(0) @binding(3) var<storage, read>       o: array<vec4f>;
@group(0) @binding(4) var<storage, read>       dO: array<vec4f>;
@group(0) @binding(5) var<storage, read>       start: array<u32>;
@group(0) @binding(6) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> dq: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let t = id.x;
  let h = id.y;
  let b = id.z;
  if (t >= T) { return; }

  let at = ((b * T + t) * H + h) * D4;
  var query: array<vec4f, D4>;
  var dvalue: array<vec4f, D4>;
  var delta = 0.0;
  for (var d = 0u; d < D4; d++) {
    query[d] = q[at + d] * SCALE;
    dvalue[d] = dO[at + d];
    delta += dot(o[at + d], dvalue[d]);
  }
  let row = (b * H + h) * T + t;
  let logSum = stats[row].x;
  stats[row].y = delta;

  var sum: array<vec4f, D4>;
  for (var s = start[b]; s <= t; s++) {
    let key = ((b * T + s) * KV + h / (H / KV)) * D4;
    var score = 0.0;
    var dp = 0.0;
    for (var d = 0u; d < D4; d++) {
      score += dot(query[d], k[key + d]);
      dp += dot(dvalue[d], v[key + d]);
    }
    let dscore = exp(score - logSum) * (dp - delta);
    for (var d = 0u; d < D4; d++) { sum[d] += dscore * k[key + d]; }
  }
  for (var d = 0u; d < D4; d++) { dq[at + d] = sum[d] * SCALE; }
}
