// Attention in which every token of a picture sees all of it, forward.
//
//   score[s] = SCALE · q[t,h] · k[s,h]          t, s of one picture
//   o[t,h]   = Σ_s softmax(score)[s] · v[s,h]
//
// The softmax is taken online: when a higher score comes, what was summed is scaled down.
//
// Shapes    qkv (M, S, 3, H, 4·D4): queries, keys, values   o (M, S, H, 4·D4)   stats (M, S, H, 2)
// Dispatch  one invocation per query: (S / WORKGROUP, H, M)
// Saves     stats: log Σ_s exp(score[s]), and room for what the backward pass saves
// Writes    o

override S: u32;      // tokens of a picture
override H: u32;      // heads
override SCALE: f32;  // 1 / sqrt(head width)
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s

@group(0) @binding(0) var<storage, read>       qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> stats: array<vec2f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= S) { return; }
  let row = id.z * S + id.x;
  let h = id.y;
  var query: array<vec4f, D4>;
  for (var d = 0u; d < D4; d++) { query[d] = qkv[(row * 3 * H + h) * D4 + d] * SCALE; }

  var highest = -1e30;
  var sum = 0.0;
  var value: array<vec4f, D4>;
  for (var s = 0u; s < S; s++) {
    let key = (((id.z * S + s) * 3 + 1) * H + h) * D4;
    var score = 0.0;
    for (var d = 0u; d < D4; d++) { score += dot(query[d], qkv[key + d]); }
    let top = max(highest, score);
    let keep = exp(highest - top);
    let weight = exp(score - top);
    highest = top;
    sum = sum * keep + weight;
    for (var d = 0u; d < D4; d++) { value[d] = value[d] * keep + weight * qkv[key + H * D4 + d]; }
  }
  let index = row * H + h;
  for (var d = 0u; d < D4; d++) { o[index * D4 + d] = value[d] / sum; }
  stats[index] = vec2f(highest + log(sum), 0);
}
