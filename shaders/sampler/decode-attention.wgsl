// Attention of one new token per row over the key-value cache.
//
//   score[s] = scale · q[r,h] · k[s,g]            s ≤ t, tokens of one sequence,  g = h / (H / KV)
//                                                 WINDOWED: t − s < window
//   out[r,h] = Σ_s softmax(score)[s] · v[s,g]
//
// Where SINKS, sinks[h] joins the scores: it takes its share, and has no value.
//
// The softmax runs on line: whenever a larger score appears, what was summed before is rescaled.
//
// Row r is the t-th token of its sequence, whose keys and values are rows at − t … at of the cache.
//
// Shapes    q, out (…, H, D)   kv (…, 2, KV, D): keys, then values, D in vec4s: D4
//           sinks (H)
//           positions: of each row t and `at`   rowRange: the rows r that there are, first and end
// Dispatch  one invocation per (row, head): (ceil(most rows · H / WORKGROUP), 1, 1)
// Writes    out of these rows

override H: u32;         // query heads
override KV: u32;        // key-value heads
override SCALE: f32;     // head width^-½
override WORKGROUP: u32 = 16;

const D4 = 2u;           // a head, in vec4s
const WINDOWED = 0u;     // 1: a query sees no further back than the window
const SINKS = 0u;        // 1: each head has a sink

@group(0) @binding(0) var<storage, read>       q: array<vec4f>;
@group(0) @binding(1) var<storage, read>       kv: array<vec4f>;
@group(0) @binding(2) var<storage, read>       positions: array<vec2u>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(4) var<uniform>             rowRange: vec2u;
@group(0) @binding(5) var<uniform>             window: u32;  // tokens that a query sees, itself included
@group(0) @binding(6) var<storage, read>       sinks: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = rowRange.x + id.x / H;
  if (row >= rowRange.y) { return; }
  let head = id.x % H;
  let group = head / (H / KV);
  let own = row * H + head;
  let position = positions[row];
  let cached = position.y - position.x;

  var query: array<vec4f, D4>;
  var sum: array<vec4f, D4>;
  for (var d = 0u; d < D4; d++) { query[d] = q[own * D4 + d] * SCALE; }

  var largest = -3.4e38;
  var weights = 0.0;
  for (var n = 0u; n < SINKS; n++) {
    largest = sinks[head];
    weights = 1;
  }
  var begin = 0u;
  for (var n = 0u; n < WINDOWED; n++) { begin = max(position.x + 1, window) - window; }
  for (var s = begin; s <= position.x; s++) {
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
