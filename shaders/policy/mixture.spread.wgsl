// A mixture, backward: from the residual stream into what its experts found, and into their weights.
//
//   dy[slot,c]     = weights[choice] · dstream[t,c]          choice = order[slot], t = choice / K
//   dweights[t,j]  = Σ_c dstream[t,c] · y[slot,c]
//
// Shapes    dstream (R, 4·C4)   weights, dweights (R, K)   order (R · K)   y, dy (R · K, 4·C4)
//           onward: 0 and how many tokens go on
// Dispatch  one invocation per slot: (most rows · K / WORKGROUP, 1, 1)
// Writes    dy, dweights

override K: u32;   // experts of a token
override C4: u32;  // channels / 4
override WORKGROUP: u32 = 16;

@group(0) @binding(0) var<storage, read>       dstream: array<vec4f>;
@group(0) @binding(1) var<storage, read>       weights: array<f32>;
@group(0) @binding(2) var<storage, read>       order: array<u32>;
@group(0) @binding(3) var<storage, read>       y: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dy: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dweights: array<f32>;
@group(0) @binding(6) var<uniform>             onward: vec2u;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let slot = id.x;
  if (slot >= onward.y * K) { return; }
  let choice = order[slot];
  let weight = weights[choice];
  let origin = choice / K * C4;
  var sum = vec4f();
  for (var c = 0u; c < C4; c++) {
    let d = dstream[origin + c];
    sum += d * y[slot * C4 + c];
    dy[slot * C4 + c] = weight * d;
  }
  dweights[choice] = dot(sum, vec4f(1));
}
