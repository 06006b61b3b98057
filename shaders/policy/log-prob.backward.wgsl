// Log-probability and entropy, backward into the logits before temperature.
//
//   log p[v]       = logits[r,v] / temperature − highest − logSum
//   dlogits[r,v] = ( dlogp[r] · (1[v = targets[r]] − p[v])
//                    − dentropy[r] · p[v] · (log p[v] + entropy[r]) ) / temperature
//
// Shapes    logits, dlogits (R, 4·V4)   targets (R) u32   stats (R, 2)   entropy, dlogp, dentropy (R)
// Dispatch  one invocation per vec4 of dlogits: (V4 / WX, R / WY, 1)
// Writes    dlogits (not accumulated); zero in the padding

override R: u32;   // rows
override V: u32;   // vocabulary; what lies beyond is padding
override V4: u32;  // vocabulary / 4, rounded up
override WX: u32 = 8;
override WY: u32 = 8;

struct Params {
  temperature: f32,
}

@group(0) @binding(0) var<storage, read>       logits: array<vec4f>;
@group(0) @binding(1) var<storage, read>       targets: array<u32>;
@group(0) @binding(2) var<storage, read>       stats: array<vec2f>;
@group(0) @binding(3) var<storage, read>       entropy: array<f32>;
@group(0) @binding(4) var<storage, read>       dlogp: array<f32>;
@group(0) @binding(5) var<storage, read>       dentropy: array<f32>;
@group(0) @binding(6) var<storage, read_write> dlogits: array<vec4f>;
@group(0) @binding(7) var<uniform>             params: Params;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let r = id.y;
  if (id.x >= V4 || r >= R) { return; }
  let at = r * V4 + id.x;
  let v = vec4u(4 * id.x) + vec4u(0, 1, 2, 3);
  let logProbs = logits[at] / params.temperature - stats[r].x - stats[r].y;
  let p = exp(logProbs);
  let scored = select(vec4f(0), vec4f(1), v == vec4u(targets[r]));
  let d = dlogp[r] * (scored - p) - dentropy[r] * p * (logProbs + entropy[r]);
  dlogits[at] = select(vec4f(0), d / params.temperature, v < vec4u(V));
}
