// Rotary positions, forward, and the split of fused rows into queries, keys and values.
//
//   p       = position + i                            the column of row i
//   q1, q2  = x1·cos − x2·sin,  x2·cos + x1·sin       the two halves of a head; k likewise
//   v       = x
//
// Shapes    qkv (B, TQ, (H + 2·KV)·D)   angles (TCAP, D): cosines, then sines, D / 2 each
//           position (1) u32   q (B, TQ, H·D)   k, v (B, TCAP, KV·D)
//           D is two halves, each padded with zeros to a whole vec4
// Dispatch  one invocation per row and pair of vec4s: ((H + 2·KV)·D8 / WX, B·TQ / WY, 1)
// Writes    q; columns position … position + TQ − 1 of k and v

override B: u32;     // sequences
override TQ: u32;    // columns of qkv and q
override TCAP: u32;  // columns of k and v
override H: u32;     // query heads
override KV: u32;    // key and value heads
override D8: u32;    // half a head, in vec4s
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read>       angles: array<vec4f>;
@group(0) @binding(2) var<storage, read>       position: array<u32>;
@group(0) @binding(3) var<storage, read_write> q: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> k: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> v: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let head = id.x / D8;
  let j = id.x % D8;
  if (head >= H + 2 * KV || id.y >= B * TQ) { return; }

  let source = (id.y * (H + 2 * KV) + head) * 2 * D8 + j;
  let x1 = qkv[source];
  let x2 = qkv[source + D8];
  let p = position[0] + id.y % TQ;
  let cosine = angles[p * 2 * D8 + j];
  let sine = angles[p * 2 * D8 + D8 + j];
  let y1 = x1 * cosine - x2 * sine;
  let y2 = x2 * cosine + x1 * sine;

  let row = id.y / TQ * TCAP + p;
  if (head < H) {
    let at = (id.y * H + head) * 2 * D8 + j;
    q[at] = y1;
    q[at + D8] = y2;
  } else if (head < H + KV) {
    let at = (row * KV + head - H) * 2 * D8 + j;
    k[at] = y1;
    k[at + D8] = y2;
  } else {
    let at = (row * KV + head - H - KV) * 2 * D8 + j;
    v[at] = x1;
    v[at + D8] = x2;
  }
}
