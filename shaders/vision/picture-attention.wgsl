// What one sequence's scored tokens attend to: each token of its picture, and all others together.
//
//   weight[s]    = exp(SCALE · q[t,h] · k[s, h / (H / KV)] − stats[t,h])     s ≤ t, tokens of the sequence
//   looks[i,h,n] = weight[begin + n]                                         n < N
//   looks[i,h,N] = Σ_s weight[s]                                             of every other s
//
// t is the position of the i-th token that is scored, which the next one is predicted from. stats has
// log Σ_s exp(score[s]) from the forward pass: a query's looks sum to 1.
//
// Shapes    q (R, H, 4·D4)   kv (R, 2, KV, 4·D4): keys, then values   stats (R, H, 2)
//           spans (B): where each sequence lies among the R rows
//           looks (layers, count, H, N + 1), of which one layer is written
// Dispatch  one invocation per scored token and head: (count / WORKGROUP, H)
// Writes    looks

override H: u32;      // query heads
override KV: u32;     // key and value heads
override N: u32;      // tokens of a picture
override SCALE: f32;  // 1 / sqrt(head width)
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s

struct Look {
  sequence: u32,  // of the batch's
  count: u32,     // its scored tokens
  layer: u32,     // whose place in looks is written
}

@group(0) @binding(0) var<storage, read>       q: array<vec4f>;
@group(0) @binding(1) var<storage, read>       kv: array<vec4f>;
@group(0) @binding(2) var<storage, read>       stats: array<vec2f>;
@group(0) @binding(3) var<storage, read>       spans: array<SequenceSpan>;
@group(0) @binding(4) var<uniform>             begin: u32;  // the token at which a sequence's picture begins
@group(0) @binding(5) var<uniform>             look: Look;
@group(0) @binding(6) var<storage, read_write> looks: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= look.count) { return; }
  let span = spans[look.sequence];
  let h = id.y;
  let t = span.lead + id.x;
  let query = packedIndex(span, t) * H + h;
  let at = ((look.layer * look.count + id.x) * H + h) * (N + 1);
  var others = 0.0;
  for (var s = 0u; s <= t; s++) {
    let key = (packedIndex(span, s) * 2 * KV + h / (H / KV)) * D4;
    var score = 0.0;
    for (var d = 0u; d < D4; d++) { score += dot(q[query * D4 + d], kv[key + d]); }
    let weight = exp(SCALE * score - stats[query].x);
    // Below its beginning the difference wraps round, and is no token of the picture.
    let n = s - begin;
    if (n < N) { looks[at + n] = weight; } else { others += weight; }
  }
  looks[at + N] = others;
}
