// RMSNorm of queries and keys, head by head, forward, and their rotary positions.
//
//   n[j]    = x[j] · rstd · gain[j]          rstd = 1 / sqrt( mean_j x[j]² + EPS )    of queries and keys
//   q1, q2  = n1·cos − n2·sin,  n2·cos + n1·sin       the two halves of a head; k likewise
//   v       = x
//
// Shapes    x (R, H + 2·KV, 4·D4)   queryGain, keyGain (4·D4)
//           angles, positions, q, kv: as linear.into-rotary.wgsl has them
//           rowRange: the rows that there are, first and end
// Dispatch  one invocation per row and head: (most rows · (H + 2·KV) / WORKGROUP, 1, 1)
// Saves     rstd (R, H + KV)
// Writes    q; those rows of kv

override H: u32;      // query heads
override KV: u32;     // key and value heads
override WIDTH: f32;  // numbers of a head that count in the mean
override EPS: f32;
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s
const D8 = 1u;  // half a head

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       queryGain: array<vec4f>;
@group(0) @binding(2) var<storage, read>       keyGain: array<vec4f>;
@group(0) @binding(3) var<storage, read>       angles: array<vec4f>;
@group(0) @binding(4) var<storage, read>       positions: array<vec2u>;
@group(0) @binding(5) var<storage, read_write> rstd: array<f32>;
@group(0) @binding(6) var<storage, read_write> q: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> kv: array<vec4f>;
@group(0) @binding(8) var<uniform>             rowRange: vec2u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = rowRange.x + id.x / (H + 2 * KV);
  if (row >= rowRange.y) { return; }
  let head = id.x % (H + 2 * KV);
  let origin = (row * (H + 2 * KV) + head) * D4;
  let position = positions[row];
  let to = (position.y * 2 * KV + head - H) * D4;
  if (head >= H + KV) {
    for (var d = 0u; d < D4; d++) { kv[to + d] = x[origin + d]; }
    return;
  }

  var n: array<vec4f, D4>;
  var squares = vec4f();
  for (var d = 0u; d < D4; d++) {
    n[d] = x[origin + d];
    squares += n[d] * n[d];
  }
  // 1 / sqrt, not inverseSqrt, which may be an estimate.
  let scale = 1 / sqrt(dot(squares, vec4f(1)) / WIDTH + EPS);
  rstd[row * (H + KV) + head] = scale;
  for (var d = 0u; d < D4; d++) {
    n[d] *= scale * select(keyGain[d], queryGain[d], head < H);
  }
  for (var j = 0u; j < D8; j++) {
    let cosine = angles[position.x * D4 + j];
    let sine = angles[position.x * D4 + D8 + j];
    let first = n[j] * cosine - n[j + D8] * sine;
    let second = n[j + D8] * cosine + n[j] * sine;
    if (head < H) {
      q[(row * H + head) * D4 + j] = first;
      q[(row * H + head) * D4 + D8 + j] = second;
    } else {
      kv[to + j] = first;
      kv[to + D8 + j] = second;
    }
  }
}
