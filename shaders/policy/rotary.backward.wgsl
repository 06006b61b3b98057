// Rotary positions, backward: the rotation undone, the three gradients fused into rows again.
//
//   dx1, dx2 = dq1·cos + dq2·sin,  dq2·cos − dq1·sin       the two halves of a head; dk likewise
//   dx       = dv
//
// Shapes    dq (B, T, H·D)   dk, dv (B, T, KV·D)   angles (T, D)   dqkv (B, T, (H + 2·KV)·D)
// Dispatch  one invocation per row and pair of vec4s: ((H + 2·KV)·D8 / WX, B·T / WY, 1)
// Writes    dqkv (not accumulated)

override B: u32;   // sequences
override T: u32;   // columns
override H: u32;   // query heads
override KV: u32;  // key and value heads
override D8: u32;  // half a head, in vec4s
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       dq: array<vec4f>;
@group(0) @binding(1) var<storage, read>       dk: array<vec4f>;
@group(0) @binding(2) var<storage, read>       dv: array<vec4f>;
@group(0) @binding(3) var<storage, read>       angles: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dqkv: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let head = id.x / D8;
  let j = id.x % D8;
  if (head >= H + 2 * KV || id.y >= B * T) { return; }

  let p = id.y % T;
  let cosine = angles[p * 2 * D8 + j];
  let sine = angles[p * 2 * D8 + D8 + j];
  let to = (id.y * (H + 2 * KV) + head) * 2 * D8 + j;
  if (head < H) {
    let at = (id.y * H + head) * 2 * D8 + j;
    dqkv[to] = dq[at] * cosine + dq[at + D8] * sine;
    dqkv[to + D8] = dq[at + D8] * cosine - dq[at] * sine;
  } else if (head < H + KV) {
    let at = (id.y * KV + head - H) * 2 * D8 + j;
    dqkv[to] = dk[at] * cosine + dk[at + D8] * sine;
    dqkv[to + D8] = dk[at + D8] * cosine - dk[at] * sine;
  } else {
    let at = (id.y * KV + head - H - KV) * 2 * D8 + j;
    dqkv[to] = dv[at];
    dqkv[to + D8] = dv[at + D8];
  }
}
