enable subgroups;
diagnostic(off, subgroup_uniformity); // four neighbours have the same bounds: T, b and their block

// Grouped-query causal attention, forward, where four neighbours share what they load.
//
//   score[s] = SCALE · q[b,t,h] · k[b,s,h / (H / KV)]          start[b] ≤ s ≤ t
//   o[b,t,h] = Σ_s softmax(score)[s] · v[b,s,h / (H / KV)]
//
// The softmax is taken online: when a higher score comes, what was summed is scaled down. The four
// queries of a subgroup go over the same keys: each lane loads one in four and hands it round.
//
// Shapes    q, o (B, T, H, 4·D4)   k, v (B, CAPACITY, KV, 4·D4)   start (B) u32   stats (B, H, T, 2)
// Dispatch  one invocation per query: (T / WORKGROUP, H, B)
// Saves     stats: log Σ_s exp(score[s]), and room for what the backward pass saves
// Writes    o; zero where t < start[b]

override T: u32;         // columns of q
override CAPACITY: u32;  // columns of k and v; more than T in the decoder's cache
override H: u32;         // query heads
override KV: u32;     // key and value heads
override SCALE: f32;  // 1 / sqrt(head width)
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s
const LANES = 4u;

@group(0) @binding(0) var<storage, read>       q: array<vec4f>;
@group(0) @binding(1) var<storage, read>       k: array<vec4f>;
@group(0) @binding(2) var<storage, read>       v: array<vec4f>;
@group(0) @binding(3) var<storage, read>       start: array<u32>;
@group(0) @binding(4) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> stats: array<vec2f>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  // A lane past the end loads for its neighbours.
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
  let last = min(id.x - lane + 3, T - 1);
  for (var first = start[b]; first <= last; first += 4) {
    let mine = ((b * CAPACITY + min(first + lane, last)) * KV + h / (H / KV)) * D4;
    var keys: array<vec4f, D4>;
    var values: array<vec4f, D4>;
    for (var d = 0u; d < D4; d++) {
      keys[d] = k[mine + d];
      values[d] = v[mine + d];
    }
    for (var l = 0u; l < LANES; l++) {
      var score = 0.0;
      for (var d = 0u; d < D4; d++) { score += dot(query[d], subgroupBroadcast(keys[d], l)); }
      let seen = first + l <= t;
      let top = select(highest, max(highest, score), seen);
      let keep = select(1.0, exp(highest - top), seen);
      let weight = select(0.0, exp(score - top), seen);
      highest = top;
      sum = sum * keep + weight;
      for (var d = 0u; d < D4; d++) {
        value[d] = value[d] * keep + weight * subgroupBroadcast(values[d], l);
      }
    }
  }

  if (id.x >= T) { return; }
  // A padding query sees nothing.
  let seen = start[b] <= t;
  let scale = select(0.0, 1 / sum, seen);
  for (var d = 0u; d < D4; d++) { o[at + d] = value[d] * scale; }
  stats[(b * H + h) * T + t] = vec2f(select(0.0, highest + log(sum), seen), 0);
}
