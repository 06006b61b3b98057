// Grouped-query causal attention, backward into the keys and values, and through the keys' rotary
// positions.
//
//   p     = exp( SCALE · q[t,h] · k[s] − logSum[t,h] )         s ≤ t of a sequence, all heads h that read s
//                                                              WINDOWED: t − s < window
//   dv[s] = Σ_{h,t} p · do[t,h]
//   dk[s] = SCALE · Σ_{h,t} p · ( do[t,h] · v[s] − delta[t,h] ) · q[t,h]
//   dx1, dx2 = dk1·cos + dk2·sin,  dk2·cos − dk1·sin           the two halves of dk[s]
//
// The lanes of a subgroup go over the same queries: each loads one in LANES and hands it round.
//
// Shapes    q, do (R, H, 4·D4)   kv (R, 2, KV, 4·D4): keys, then values
//           spans (B): where each sequence lies among the R rows
//           angles (longest sequence, 4·D4): cosines, then sines   stats (R, H, 2): logSum, delta
//           dqkv (R, H + 2·KV, 4·D4)
// Dispatch  one invocation per key: (longest sequence / WORKGROUP, KV, B)
// Writes    the keys' and values' part of dqkv (not accumulated)

override H: u32;      // query heads
override KV: u32;     // key and value heads
override SCALE: f32;  // 1 / sqrt(head width)
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s
const D8 = 1u;  // half a head
const WINDOWED = 0u;  // 1: a query sees no further back than the window

@group(0) @binding(0) var<storage, read>       q: array<vec4f>;
@group(0) @binding(1) var<storage, read>       kv: array<vec4f>;
@group(0) @binding(2) var<storage, read>       dO: array<vec4f>;
@group(0) @binding(3) var<storage, read>       spans: array<SequenceSpan>;
@group(0) @binding(4) var<storage, read>       angles: array<vec4f>;
@group(0) @binding(5) var<storage, read>       stats: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(7) var<uniform>             window: u32;  // tokens that a query sees, itself included

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let span = spans[id.z];
  let T = span.count;
  // A lane past the end loads for its neighbours.
  let lane = id.x % LANES;
  if (id.x - lane >= T) { return; }
  let s = min(id.x, T - 1);
  let g = id.y;

  let index = packedIndex(span, s);
  let at = (index * 2 * KV + g) * D4;
  var key: array<vec4f, D4>;
  var value: array<vec4f, D4>;
  for (var d = 0u; d < D4; d++) {
    key[d] = kv[at + d] * SCALE;
    value[d] = kv[at + KV * D4 + d];
  }

  var end = T;
  for (var n = 0u; n < WINDOWED; n++) { end = min(T, id.x - lane + LANES - 1 + min(window, T)); }
  var dkey: array<vec4f, D4>;
  var dvalue: array<vec4f, D4>;
  // Cleared by hand: SwiftShader does not clear an array again that is declared in a loop.
  var score: array<f32, LANES>;
  var dp: array<f32, LANES>;
  for (var i = 0u; i < H / KV; i++) {
    let h = g * (H / KV) + i;
    for (var first = id.x - lane; first < end; first += LANES) {
      let own = packedIndex(span, min(first + lane, T - 1)) * H + h;
      let mine = own * D4;
      let saved = exchanged(vec4f(stats[own], 0, 0));
      for (var l = 0u; l < LANES; l++) {
        score[l] = 0;
        dp[l] = 0;
      }
      var query: array<vec4f, D4 * LANES>;
      var gradient: array<vec4f, D4 * LANES>;
      for (var d = 0u; d < D4; d++) {
        let queries = exchanged(q[mine + d]);
        let gradients = exchanged(dO[mine + d]);
        for (var l = 0u; l < LANES; l++) {
          query[d * LANES + l] = queries[l];
          gradient[d * LANES + l] = gradients[l];
          score[l] += dot(queries[l], key[d]);
          dp[l] += dot(gradients[l], value[d]);
        }
      }
      for (var l = 0u; l < LANES; l++) {
        let t = first + (lane ^ l);
        var seen = t >= s && t < T;
        for (var n = 0u; n < WINDOWED; n++) { seen = seen && t - s < window; }
        let p = select(0.0, exp(score[l] - saved[l].x), seen);
        let dscore = select(0.0, p * (dp[l] - saved[l].y), seen);
        for (var d = 0u; d < D4; d++) {
          dvalue[d] += p * gradient[d * LANES + l];
          dkey[d] += dscore * query[d * LANES + l];
        }
      }
    }
  }
  if (id.x >= T) { return; }
  let to = (index * (H + 2 * KV) + H + g) * D4;
  for (var j = 0u; j < D8; j++) {
    let cosine = angles[s * D4 + j] * SCALE;
    let sine = angles[s * D4 + D8 + j] * SCALE;
    dqkv[to + j] = dkey[j] * cosine + dkey[j + D8] * sine;
    dqkv[to + D8 + j] = dkey[j + D8] * cosine - dkey[j] * sine;
  }
  for (var d = 0u; d < D4; d++) { dqkv[to + KV * D4 + d] = dvalue[d]; }
}
