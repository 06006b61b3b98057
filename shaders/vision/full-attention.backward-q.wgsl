// Attention in which every token of a picture sees all of it, backward into the queries.
//
//   p[s]  = exp( SCALE · q[t] · k[s] − logSum[t] )
//   delta = o[t] · do[t]
//   dq[t] = SCALE · Σ_s p[s] · ( do[t] · v[s] − delta ) · k[s]
//
// Shapes    qkv, dqkv (M, S, 3, H, 4·D4): queries, keys, values   o, do (M, S, H, 4·D4)
//           stats (M, S, H, 2): logSum, delta
// Dispatch  one invocation per query: (S / WORKGROUP, H, M)
// Saves     delta, which the kernel for keys and values reads
// Writes    the queries' part of dqkv (not accumulated)

override S: u32;      // tokens of a picture
override H: u32;      // heads
override SCALE: f32;  // 1 / sqrt(head width)
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s

@group(0) @binding(0) var<storage, read>       qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read>       o: array<vec4f>;
@group(0) @binding(2) var<storage, read>       dO: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> dqkv: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= S) { return; }
  let row = id.z * S + id.x;
  let h = id.y;
  let index = row * H + h;
  let at = (row * 3 * H + h) * D4;
  var query: array<vec4f, D4>;
  var gradient: array<vec4f, D4>;
  var delta = 0.0;
  for (var d = 0u; d < D4; d++) {
    query[d] = qkv[at + d] * SCALE;
    gradient[d] = dO[index * D4 + d];
    delta += dot(o[index * D4 + d], gradient[d]);
  }
  let logSum = stats[index].x;

  var sum: array<vec4f, D4>;
  for (var s = 0u; s < S; s++) {
    let key = (((id.z * S + s) * 3 + 1) * H + h) * D4;
    var score = 0.0;
    var dp = 0.0;
    for (var d = 0u; d < D4; d++) {
      score += dot(query[d], qkv[key + d]);
      dp += dot(gradient[d], qkv[key + H * D4 + d]);
    }
    let dscore = exp(score - logSum) * (dp - delta);
    for (var d = 0u; d < D4; d++) { sum[d] += dscore * qkv[key + d]; }
  }
  stats[index].y = delta;
  for (var d = 0u; d < D4; d++) { dqkv[at + d] = sum[d] * SCALE; }
}
