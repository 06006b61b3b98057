// Attention in which every token of a picture sees all of it, backward into keys and values.
//
//   p     = exp( SCALE · q[t] · k[s] − logSum[t] )
//   dv[s] = Σ_t p · do[t]
//   dk[s] = SCALE · Σ_t p · ( do[t] · v[s] − delta[t] ) · q[t]
//
// Shapes    qkv, dqkv (M, S, 3, H, 4·D4): queries, keys, values   do (M, S, H, 4·D4)
//           stats (M, S, H, 2): logSum, delta
// Dispatch  one invocation per key: (S / WORKGROUP, H, M)
// Writes    the keys' and values' part of dqkv (not accumulated)

override S: u32;      // tokens of a picture
override H: u32;      // heads
override SCALE: f32;  // 1 / sqrt(head width)
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s

@group(0) @binding(0) var<storage, read>       qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read>       dO: array<vec4f>;
@group(0) @binding(2) var<storage, read>       stats: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> dqkv: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= S) { return; }
  let h = id.y;
  let at = (((id.z * S + id.x) * 3 + 1) * H + h) * D4;
  var key: array<vec4f, D4>;
  var value: array<vec4f, D4>;
  for (var d = 0u; d < D4; d++) {
    key[d] = qkv[at + d] * SCALE;
    value[d] = qkv[at + H * D4 + d];
  }

  var dkey: array<vec4f, D4>;
  var dvalue: array<vec4f, D4>;
  for (var t = 0u; t < S; t++) {
    let row = id.z * S + t;
    let query = (row * 3 * H + h) * D4;
    let gradient = (row * H + h) * D4;
    let stat = stats[row * H + h];
    var score = 0.0;
    var dp = 0.0;
    for (var d = 0u; d < D4; d++) {
      score += dot(qkv[query + d], key[d]);
      dp += dot(dO[gradient + d], value[d]);
    }
    let p = exp(score - stat.x);
    let dscore = p * (dp - stat.y);
    for (var d = 0u; d < D4; d++) {
      dvalue[d] += p * dO[gradient + d];
      dkey[d] += dscore * qkv[query + d];
    }
  }
  for (var d = 0u; d < D4; d++) {
    dqkv[at + d] = dkey[d] * SCALE;
    dqkv[at + H * D4 + d] = dvalue[d];
  }
}
