// Log-probability and entropy, backward into the logits before temperature.
//
//   log p[v]       = logits[r,v] / temperature − highest − logSum
//   dlogits[r,v] = ( dlogp[s] · (1[v = targets[s]] − p[v])
//                    − dentropy[s] · p[v] · (log p[v] + entropy[s]) ) / temperature
//
// s is a column that is scored, r its row of the logits.
//
// Shapes    logits, dlogits (R, 4·V4)   targets (B, K) u32   stats (R, 2)
//           entropy, dlogp, dentropy (B, K)
//           spans (B): where each sequence lies among the R rows of the logits
// Dispatch  one invocation per vec4 of a scored column: (V4 / WX, B·K / WY, 1)
// Writes    dlogits (not accumulated); zero in the padding

override V: u32;   // vocabulary; what lies beyond is padding
override V4: u32;  // vocabulary / 4, rounded up
override WX: u32 = 8;
override WY: u32 = 8;

struct Params {
  temperature: f32,
  K: u32,  // scored columns of a sequence
}

@group(0) @binding(0) var<storage, read>       logits: array<vec4f>;
@group(0) @binding(1) var<storage, read>       targets: array<u32>;
@group(0) @binding(2) var<storage, read>       stats: array<vec2f>;
@group(0) @binding(3) var<storage, read>       entropy: array<f32>;
@group(0) @binding(4) var<storage, read>       dlogp: array<f32>;
@group(0) @binding(5) var<storage, read>       dentropy: array<f32>;
@group(0) @binding(6) var<storage, read_write> dlogits: array<vec4f>;
@group(0) @binding(7) var<uniform>             params: Params;
@group(0) @binding(8) var<storage, read>       spans: array<SequenceSpan>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let s = id.y;
  if (id.x >= V4 || s >= arrayLength(&dlogp)) { return; }
  let r = scoredIndex(spans[s / params.K], s % params.K);
  if (r == NONE) { return; }
  let at = r * V4 + id.x;
  let v = vec4u(4 * id.x) + vec4u(0, 1, 2, 3);
  let logProbs = logits[at] / params.temperature - stats[r].x - stats[r].y;
  let p = exp(logProbs);
  let scored = select(vec4f(0), vec4f(1), v == vec4u(targets[s]));
  let d = dlogp[s] * (scored - p) - dentropy[s] * p * (logProbs + entropy[s]);
  dlogits[at] = select(vec4f(0), d / params.temperature, v < vec4u(V));
}
