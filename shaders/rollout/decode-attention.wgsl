// Attention of one new token per row over the key-value cache.
//
//   score[s] = scale · q[b,h] · k[b,s,g]          s = start[b] … position,  g = h / (H / KV)
//   out[b,h] = Σ_s softmax(score)[s] · v[b,s,g]
//
// The softmax runs on line: whenever a larger score appears, what was summed before is rescaled.
//
// The cache holds `rows` rows of the batch, from row `first` on.
//
// Shapes    q, out (B, H, D)   kv (rows, capacity, 2, KV, D): keys, then values   start, ended (B)
//           D in vec4s: D4
// Dispatch  one invocation per (row, head) of the cache: (ceil(rows·H / WORKGROUP), 1, 1)
// Writes    out of these rows, but for those that have ended

override H: u32;         // query heads
override KV: u32;        // key-value heads
override SCALE: f32;     // head width^-½
override WORKGROUP: u32 = 16;

const D4 = 2u;           // a head, in vec4s

struct Params {
  first: u32,     // row of the batch
  rows: u32,
  capacity: u32,  // columns of the cache
}

@group(0) @binding(0) var<storage, read>       q: array<vec4f>;
@group(0) @binding(1) var<storage, read>       kv: array<vec4f>;
@group(0) @binding(2) var<storage, read>       start: array<u32>;
@group(0) @binding(3) var<storage, read>       ended: array<u32>;
@group(0) @binding(4) var<storage, read>       position: array<u32>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(6) var<uniform>             params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.rows * H) { return; }
  let row = params.first + id.x / H;
  if (ended[row] != 0) { return; }
  let head = id.x % H;
  let group = head / (H / KV);
  let own = row * H + head;
  let cached = (id.x / H) * params.capacity;

  var query: array<vec4f, D4>;
  var sum: array<vec4f, D4>;
  for (var d = 0u; d < D4; d++) { query[d] = q[own * D4 + d] * SCALE; }

  var largest = -3.4e38;
  var weights = 0.0;
  for (var s = start[row]; s <= position[0]; s++) {
    let at = ((cached + s) * 2 * KV + group) * D4;
    var score = 0.0;
    for (var d = 0u; d < D4; d++) { score += dot(query[d], kv[at + d]); }
    let newLargest = max(largest, score);
    let keep = exp(largest - newLargest);
    let weight = exp(score - newLargest);
    weights = weights * keep + weight;
    for (var d = 0u; d < D4; d++) { sum[d] = sum[d] * keep + weight * kv[at + KV * D4 + d]; }
    largest = newLargest;
  }
  for (var d = 0u; d < D4; d++) { out[own * D4 + d] = sum[d] / weights; }
}
