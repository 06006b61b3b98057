// Grouped-query causal attention, forward.
//
//   score[s] = SCALE · q[t,h] · k[s,h / (H / KV)]              s ≤ t, tokens of one sequence
//                                                              WINDOWED: t − s < window
//   o[t,h]   = Σ_s softmax(score)[s] · v[s,h / (H / KV)]
//
// Where SINKS, sinks[h] joins the scores: it takes its share, and has no value.
//
// The softmax is taken online: when a higher score comes, what was summed is scaled down. The
// lanes of a subgroup go over the same keys: each loads one in LANES and hands it round.
//
// Shapes    q, o (R, H, 4·D4)   kv (R, 2, KV, 4·D4): keys, then values
//           spans (B): where each sequence lies among the R rows   stats (R, H, 2)
// Dispatch  one invocation per query: (longest sequence / WORKGROUP, H, B)
//           sinks (H)
// Saves     stats: log Σ_s exp(score[s]), a sink's included, and room for what the backward pass saves
// Writes    o

override H: u32;      // query heads
override KV: u32;     // key and value heads
override SCALE: f32;  // 1 / sqrt(head width)
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s
const WINDOWED = 0u;  // 1: a query sees no further back than the window
const SINKS = 0u;     // 1: each head has a sink

@group(0) @binding(0) var<storage, read>       q: array<vec4f>;
@group(0) @binding(1) var<storage, read>       kv: array<vec4f>;
@group(0) @binding(2) var<storage, read>       spans: array<SequenceSpan>;
@group(0) @binding(3) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(5) var<uniform>             window: u32;  // tokens that a query sees, itself included
@group(0) @binding(6) var<storage, read>       sinks: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let span = spans[id.z];
  let T = span.count;
  // A lane past the end loads for its neighbours.
  let lane = id.x % LANES;
  if (id.x - lane >= T) { return; }
  let t = min(id.x, T - 1);
  let h = id.y;

  let index = packedIndex(span, t) * H + h;
  let at = index * D4;
  var query: array<vec4f, D4>;
  for (var d = 0u; d < D4; d++) { query[d] = q[at + d] * SCALE; }

  var highest = -1e30;
  var sum = 0.0;
  for (var n = 0u; n < SINKS; n++) {
    highest = sinks[h];
    sum = 1;
  }
  var begin = 0u;
  for (var n = 0u; n < WINDOWED; n++) {
    begin = (max(id.x - lane + 1, window) - window) / LANES * LANES;
  }
  var value: array<vec4f, D4>;
  let last = min(id.x - lane + LANES - 1, T - 1);
  // Cleared by hand: SwiftShader does not clear an array again that is declared in a loop.
  var score: array<f32, LANES>;
  for (var first = begin; first <= last; first += LANES) {
    let mine = (packedIndex(span, min(first + lane, last)) * 2 * KV + h / (H / KV)) * D4;
    for (var l = 0u; l < LANES; l++) { score[l] = 0; }
    for (var d = 0u; d < D4; d++) {
      let keys = exchanged(kv[mine + d]);
      for (var l = 0u; l < LANES; l++) { score[l] += dot(query[d], keys[l]); }
    }
    var top = highest;
    for (var l = 0u; l < LANES; l++) {
      let s = first + (lane ^ l);
      var seen = s <= t;
      for (var n = 0u; n < WINDOWED; n++) { seen = seen && t - s < window; }
      top = select(top, max(top, score[l]), seen);
    }
    let keep = exp(highest - top);
    highest = top;
    sum *= keep;
    var weight: array<f32, LANES>;
    for (var l = 0u; l < LANES; l++) {
      let s = first + (lane ^ l);
      var seen = s <= t;
      for (var n = 0u; n < WINDOWED; n++) { seen = seen && t - s < window; }
      weight[l] = select(0.0, exp(score[l] - top), seen);
      sum += weight[l];
    }
    for (var d = 0u; d < D4; d++) {
      let values = exchanged(kv[mine + KV * D4 + d]);
      value[d] *= keep;
      for (var l = 0u; l < LANES; l++) { value[d] += weight[l] * values[l]; }
    }
  }

  if (id.x >= T) { return; }
  for (var d = 0u; d < D4; d++) { o[at + d] = value[d] / sum; }
  stats[index] = vec2f(highest + log(sum), 0);
}
