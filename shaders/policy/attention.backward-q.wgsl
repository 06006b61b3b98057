// Grouped-query causal attention, backward into the queries, and through their rotary positions.
//
//   p[s]  = exp( SCALE · q[t] · k[s] − logSum[t] )             s ≤ t, tokens of one sequence
//                                                              WINDOWED: t − s < window
//   delta = o[t] · do[t]
//   dq[t] = SCALE · Σ_s p[s] · ( do[t] · v[s] − delta ) · k[s]
//   dx1, dx2 = dq1·cos + dq2·sin,  dq2·cos − dq1·sin           the two halves of dq[t]
//
// The lanes of a subgroup go over the same keys: each loads one in LANES and hands it round.
//
// Shapes    q, o, do (R, H, 4·D4)   kv (R, 2, KV, 4·D4): keys, then values
//           spans (B): where each sequence lies among the R rows
//           angles (longest sequence, 4·D4): cosines, then sines   stats (R, H, 2): logSum, delta
//           dqkv (R, H + 2·KV, 4·D4)
// Dispatch  one invocation per query: (longest sequence / WORKGROUP, H, B)
// Saves     delta, which the kernel for keys and values reads
// Writes    the queries' part of dqkv (not accumulated)

override H: u32;      // query heads
override KV: u32;     // key and value heads
override SCALE: f32;  // 1 / sqrt(head width)
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s
const D8 = 1u;  // half a head
const WINDOWED = 0u;  // 1: a query sees no further back than the window

@group(0) @binding(0) var<storage, read>       q: array<vec4f>;
@group(0) @binding(1) var<storage, read>       kv: array<vec4f>;
@group(0) @binding(2) var<storage, read>       o: array<vec4f>;
@group(0) @binding(3) var<storage, read>       dO: array<vec4f>;
@group(0) @binding(4) var<storage, read>       spans: array<SequenceSpan>;
@group(0) @binding(5) var<storage, read>       angles: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(8) var<uniform>             window: u32;  // tokens that a query sees, itself included

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let span = spans[id.z];
  let T = span.count;
  // A lane past the end loads for its neighbours.
  let lane = id.x % LANES;
  if (id.x - lane >= T) { return; }
  let t = min(id.x, T - 1);
  let h = id.y;

  let index = packedIndex(span, t);
  let at = (index * H + h) * D4;
  var query: array<vec4f, D4>;
  var dvalue: array<vec4f, D4>;
  var delta = 0.0;
  for (var d = 0u; d < D4; d++) {
    query[d] = q[at + d] * SCALE;
    dvalue[d] = dO[at + d];
    delta += dot(o[at + d], dvalue[d]);
  }
  let logSum = stats[index * H + h].x;

  var sum: array<vec4f, D4>;
  let last = min(id.x - lane + LANES - 1, T - 1);
  var begin = 0u;
  for (var n = 0u; n < WINDOWED; n++) {
    begin = (max(id.x - lane + 1, window) - window) / LANES * LANES;
  }
  // Cleared by hand: SwiftShader does not clear an array again that is declared in a loop.
  var score: array<f32, LANES>;
  var dp: array<f32, LANES>;
  for (var first = begin; first <= last; first += LANES) {
    let mine = (packedIndex(span, min(first + lane, last)) * 2 * KV + h / (H / KV)) * D4;
    for (var l = 0u; l < LANES; l++) {
      score[l] = 0;
      dp[l] = 0;
    }
    var key: array<vec4f, D4 * LANES>;
    for (var d = 0u; d < D4; d++) {
      let keys = exchanged(kv[mine + d]);
      let values = exchanged(kv[mine + KV * D4 + d]);
      for (var l = 0u; l < LANES; l++) {
        key[d * LANES + l] = keys[l];
        score[l] += dot(query[d], keys[l]);
        dp[l] += dot(dvalue[d], values[l]);
      }
    }
    for (var l = 0u; l < LANES; l++) {
      let s = first + (lane ^ l);
      var seen = s <= t;
      for (var n = 0u; n < WINDOWED; n++) { seen = seen && t - s < window; }
      let dscore = select(0.0, exp(score[l] - logSum) * (dp[l] - delta), seen);
      for (var d = 0u; d < D4; d++) { sum[d] += dscore * key[d * LANES + l]; }
    }
  }
  if (id.x >= T) { return; }
  stats[index * H + h].y = delta;
  let to = (index * (H + 2 * KV) + h) * D4;
  for (var j = 0u; j < D8; j++) {
    let cosine = angles[t * D4 + j] * SCALE;
    let sine = angles[t * D4 + D8 + j] * SCALE;
    dqkv[to + j] = sum[j] * cosine + sum[j + D8] * sine;
    dqkv[to + D8 + j] = sum[j + D8] * cosine - sum[j] * sine;
  }
}
