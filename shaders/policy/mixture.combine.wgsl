// What a mixture's experts found, weighed, into the residual stream.
//
//   next[t,c] = middle[t,c] + Σ_j weights[t,j] · y[slots[t,j],c]          in the order of j
//
// Shapes    middle, next (R, 4·C4)   weights, slots (R, K)   y (R · K, 4·C4)
//           onward: 0 and how many tokens go on
// Dispatch  one invocation per vec4: (C4 / WX, most rows / WY, 1)
// Writes    next

override K: u32;   // experts of a token
override C4: u32;  // channels / 4
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       middle: array<vec4f>;
@group(0) @binding(1) var<storage, read>       weights: array<f32>;
@group(0) @binding(2) var<storage, read>       slots: array<u32>;
@group(0) @binding(3) var<storage, read>       y: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> next: array<vec4f>;
@group(0) @binding(5) var<uniform>             onward: vec2u;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4 || id.y >= onward.y) { return; }
  var sum = vec4f();
  for (var choice = id.y * K; choice < (id.y + 1) * K; choice++) {
    sum += weights[choice] * y[slots[choice] * C4 + id.x];
  }
  next[id.y * C4 + id.x] = middle[id.y * C4 + id.x] + sum;
}
