enable subgroups;
diagnostic(off, subgroup_uniformity); // four neighbours have the same bounds: T, b and their block

// Grouped-query causal attention, backward into the keys and values, where four neighbours share
// what they load: each lane loads one query in four and hands it round.
//
//   p     = exp( SCALE · q[t,h] · k[s] − logSum[t,h] )         s ≤ t, all heads h that read s
//   dv[s] = Σ_{h,t} p · do[t,h]
//   dk[s] = SCALE · Σ_{h,t} p · ( do[t,h] · v[s] − delta[t,h] ) · q[t,h]
//
// Shapes    q, do (B, T, H, 4·D4)   k, v, dk, dv (B, T, KV, 4·D4)   start (B) u32
//           stats (B, H, T, 2): logSum, delta
// Dispatch  one invocation per key: (T / WORKGROUP, KV, B)
// Writes    dk, dv (not accumulated); zero where s < start[b]

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
@group(0) @binding(3) var<storage, read>       dO: array<vec4f>;
@group(0) @binding(4) var<storage, read>       start: array<u32>;
@group(0) @binding(5) var<storage, read>       stats: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> dk: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> dv: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  // A lane past the end loads for its neighbours.
  if (id.x - lane >= T) { return; }
  let s = min(id.x, T - 1);
  let kv = id.y;
  let b = id.z;

  let at = ((b * T + s) * KV + kv) * D4;
  var key: array<vec4f, D4>;
  var value: array<vec4f, D4>;
  for (var d = 0u; d < D4; d++) {
    key[d] = k[at + d] * SCALE;
    value[d] = v[at + d];
  }

  var dkey: array<vec4f, D4>;
  var dvalue: array<vec4f, D4>;
  for (var g = 0u; g < H / KV; g++) {
    let h = kv * (H / KV) + g;
    for (var first = id.x - lane; first < T; first += 4) {
      let own = min(first + lane, T - 1);
      let mine = ((b * T + own) * H + h) * D4;
      let saved = stats[(b * H + h) * T + own];
      var queries: array<vec4f, D4>;
      var gradients: array<vec4f, D4>;
      for (var d = 0u; d < D4; d++) {
        queries[d] = q[mine + d];
        gradients[d] = dO[mine + d];
      }
      for (var l = 0u; l < LANES; l++) {
        var score = 0.0;
        var dp = 0.0;
        var query: array<vec4f, D4>;
        var gradient: array<vec4f, D4>;
        for (var d = 0u; d < D4; d++) {
          query[d] = subgroupBroadcast(queries[d], l);
          gradient[d] = subgroupBroadcast(gradients[d], l);
          score += dot(query[d], key[d]);
          dp += dot(gradient[d], value[d]);
        }
        let other = subgroupBroadcast(saved, l);
        let seen = first + l >= s && first + l < T && s >= start[b];
        let p = select(0.0, exp(score - other.x), seen);
        let dscore = select(0.0, p * (dp - other.y), seen);
        for (var d = 0u; d < D4; d++) {
          dvalue[d] += p * gradient[d];
          dkey[d] += dscore * query[d];
        }
      }
    }
  }
  if (id.x >= T) { return; }
  for (var d = 0u; d < D4; d++) {
    dk[at + d] = dkey[d] * SCALE;
    dv[at + d] = dvalue[d];
  }
}
