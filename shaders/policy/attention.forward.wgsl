// Grouped-query causal attention, forward.
//
//   score[s] = SCALE · q[b,t,h] · k[b,s,h / (H / KV)]          start[b] ≤ s ≤ t
//   o[b,t,h] = Σ_s softmax(score)[s] · v[b,s,h / (H / KV)]
//
// The softmax is taken online: when a higher score comes, what was summed is scaled down. The
// lanes of a subgroup go over the same keys: each loads one in LANES and hands it round.
//
// Shapes    q, o (B, T, H, 4·D4)   kv (B, T, 2, KV, 4·D4): keys, then values
//           start (B) u32   stats (B, H, T, 2)
// Dispatch  one invocation per query: (T / WORKGROUP, H, B)
// Saves     stats: log Σ_s exp(score[s]), and room for what the backward pass saves
// Writes    o; zero where t < start[b]

override H: u32;      // query heads
override KV: u32;     // key and value heads
override SCALE: f32;  // 1 / sqrt(head width)
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s

struct Params {
  T: u32,  // columns
}

@group(0) @binding(0) var<storage, read>       q: array<vec4f>;
@group(0) @binding(1) var<storage, read>       kv: array<vec4f>;
@group(0) @binding(2) var<storage, read>       start: array<u32>;
@group(0) @binding(3) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(5) var<uniform>             params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let T = params.T;
  // A lane past the end loads for its neighbours.
  let lane = id.x % LANES;
  if (id.x - lane >= T) { return; }
  let t = min(id.x, T - 1);
  let h = id.y;
  let b = id.z;

  let at = ((b * T + t) * H + h) * D4;
  var query: array<vec4f, D4>;
  for (var d = 0u; d < D4; d++) { query[d] = q[at + d] * SCALE; }

  var highest = -1e30;
  var sum = 0.0;
  var value: array<vec4f, D4>;
  let last = min(id.x - lane + LANES - 1, T - 1);
  // Cleared by hand: SwiftShader does not clear an array again that is declared in a loop.
  var score: array<f32, LANES>;
  for (var first = start[b]; first <= last; first += LANES) {
    let mine = ((b * T + min(first + lane, last)) * 2 * KV + h / (H / KV)) * D4;
    for (var l = 0u; l < LANES; l++) { score[l] = 0; }
    for (var d = 0u; d < D4; d++) {
      let keys = handedRound(kv[mine + d]);
      for (var l = 0u; l < LANES; l++) { score[l] += dot(query[d], keys[l]); }
    }
    var top = highest;
    for (var l = 0u; l < LANES; l++) {
      let seen = first + (lane ^ l) <= t;
      top = select(top, max(top, score[l]), seen);
    }
    let keep = exp(highest - top);
    highest = top;
    sum *= keep;
    var weight: array<f32, LANES>;
    for (var l = 0u; l < LANES; l++) {
      let seen = first + (lane ^ l) <= t;
      weight[l] = select(0.0, exp(score[l] - top), seen);
      sum += weight[l];
    }
    for (var d = 0u; d < D4; d++) {
      let values = handedRound(kv[mine + KV * D4 + d]);
      value[d] *= keep;
      for (var l = 0u; l < LANES; l++) { value[d] += weight[l] * values[l]; }
    }
  }

  if (id.x >= T) { return; }
  // A padding query sees nothing.
  let seen = start[b] <= t;
  let scale = select(0.0, 1 / sum, seen);
  for (var d = 0u; d < D4; d++) { o[at + d] = value[d] * scale; }
  stats[(b * H + h) * T + t] = vec2f(select(0.0, highest + log(sum), seen), 0);
}
