// Log-probability of the scored token and entropy of the distribution, forward.
//
//   z[v]       = logits[r,v] / temperature
//   log p[v]   = z[v] − highest − logSum         highest = max_v z[v], logSum = log Σ_v exp(z[v] − highest)
//   logp[s]    = log p[targets[s]]               s a column that is scored, r its row of the logits
//   entropy[s] = −Σ_v p[v] · log p[v]            nats
//
// Shapes    logits (R, 4·V4)   targets (B, K) u32   logp, entropy (B, K)   stats (R, 2)
//           spans (B): where each sequence lies among the R rows of the logits
// Dispatch  one invocation per scored column: (B·K / WORKGROUP, 1, 1)
// Saves     stats: highest, logSum
// Writes    logp, entropy; 0 where a sequence has no token

override V: u32;   // vocabulary; what lies beyond is padding
override V4: u32;  // vocabulary / 4, rounded up
override WORKGROUP: u32 = 16;

struct Params {
  temperature: f32,
  K: u32,  // scored columns of a sequence
}

@group(0) @binding(0) var<storage, read>       logits: array<vec4f>;
@group(0) @binding(1) var<storage, read>       targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> logp: array<f32>;
@group(0) @binding(3) var<storage, read_write> entropy: array<f32>;
@group(0) @binding(4) var<storage, read_write> stats: array<vec2f>;
@group(0) @binding(5) var<uniform>             params: Params;
@group(0) @binding(6) var<storage, read>       spans: array<SequenceSpan>;

/** Padding is far below every logit. */
fn tempered(r: u32, v: u32) -> vec4f {
  let real = vec4u(4 * v) + vec4u(0, 1, 2, 3) < vec4u(V);
  return select(vec4f(-1e30), logits[r * V4 + v] / params.temperature, real);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= arrayLength(&logp)) { return; }
  let r = scoredIndex(spans[id.x / params.K], id.x % params.K);
  if (r == NONE) {
    logp[id.x] = 0;
    entropy[id.x] = 0;
    return;
  }

  var highest4 = vec4f(-1e30);
  for (var v = 0u; v < V4; v++) { highest4 = max(highest4, tempered(r, v)); }
  let highest = max(max(highest4.x, highest4.y), max(highest4.z, highest4.w));

  var sum = vec4f();
  var weighted = vec4f();
  for (var v = 0u; v < V4; v++) {
    let z = tempered(r, v) - highest;
    let e = exp(z);
    sum += e;
    weighted += e * z;
  }
  let total = dot(sum, vec4f(1));
  let logSum = log(total);

  let scored = targets[id.x];
  logp[id.x] = tempered(r, scored / 4)[scored % 4] - highest - logSum;
  entropy[id.x] = logSum - dot(weighted, vec4f(1)) / total;
  stats[r] = vec2f(highest, logSum);
}
