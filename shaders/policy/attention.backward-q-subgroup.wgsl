enable subgroups;
diagnostic(off, subgroup_uniformity); // four neighbours have the same bounds: T, b and their block

// Grouped-query causal attention, backward into the queries, where four neighbours share what they
// load: each lane loads one key in four and hands it round.
//
//   p[s]  = exp( SCALE · q[t] · k[s] − logSum[t] )             start[b] ≤ s ≤ t
//   delta = o[t] · do[t]
//   dq[t] = SCALE · Σ_s p[s] · ( do[t] · v[s] − delta ) · k[s]
//
// Shapes    q, o, do, dq (B, T, H, 4·D4)   k, v (B, T, KV, 4·D4)   start (B) u32
//           stats (B, H, T, 2): logSum, delta
// Dispatch  one invocation per query: (T / WORKGROUP, H, B)
// Saves     delta, which the kernel for keys and values reads
// Writes    dq (not accumulated); zero where t < start[b]

override T: u32;      // columns
override H: u32;      // query heads
override KV: u32;     // key and value heads
override SCALE: f32;  // 1 / sqrt(head width)
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s
const LANES = 4u;

@group(0) @binding(0) var<storage, read>       q: array<vec4f>;
@group(0) @binding(1) var<storage, read>       k: array<vec4f>;
@group(0) @binding(2) var<storage, read>       v: array<vec4f>;
@group(0) @binding(3) var<storage, read>       o: array<vec4f>;
@group(0) @binding(4) var<storage, read>       dO: array<vec4f>;
@group(0) @binding(5) var<storage, read>       start: array<u32>;
@group(0) @binding(6) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(7) var<storage, read_write> dq: array<vec4f>;

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
  var dvalue: array<vec4f, D4>;
  var delta = 0.0;
  for (var d = 0u; d < D4; d++) {
    query[d] = q[at + d] * SCALE;
    dvalue[d] = dO[at + d];
    delta += dot(o[at + d], dvalue[d]);
  }
  let row = (b * H + h) * T + t;
  let logSum = stats[row].x;

  var sum: array<vec4f, D4>;
  let last = min(id.x - lane + 3, T - 1);
  for (var first = start[b]; first <= last; first += 4) {
    let mine = ((b * T + min(first + lane, last)) * KV + h / (H / KV)) * D4;
    var keys: array<vec4f, D4>;
    var values: array<vec4f, D4>;
    for (var d = 0u; d < D4; d++) {
      keys[d] = k[mine + d];
      values[d] = v[mine + d];
    }
    for (var l = 0u; l < LANES; l++) {
      var score = 0.0;
      var dp = 0.0;
      var key: array<vec4f, D4>;
      for (var d = 0u; d < D4; d++) {
        key[d] = subgroupBroadcast(keys[d], l);
        score += dot(query[d], key[d]);
        dp += dot(dvalue[d], subgroupBroadcast(values[d], l));
      }
      let seen = first + l <= t;
      let dscore = select(0.0, exp(score - logSum) * (dp - delta), seen);
      for (var d = 0u; d < D4; d++) { sum[d] += dscore * key[d]; }
    }
  }
  if (id.x >= T) { return; }
  stats[row].y = delta;
  for (var d = 0u; d < D4; d++) { dq[at + d] = sum[d] * SCALE; }
}
