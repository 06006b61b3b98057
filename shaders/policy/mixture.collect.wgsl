// A mixture, backward: what its experts' inputs got, back into the normalised stream, where the router's
// part lies already.
//
//   dn[t,c] += Σ_j dx[slots[t,j],c]          in the order of j
//
// Shapes    dx (R · K, 4·C4)   slots (R, K)   dn (R, 4·C4)
//           onward: 0 and how many tokens go on
// Dispatch  one invocation per vec4: (C4 / WX, most rows / WY, 1)
// Writes    dn, accumulated

override K: u32;   // experts of a token
override C4: u32;  // channels / 4
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       dx: array<vec4f>;
@group(0) @binding(1) var<storage, read>       slots: array<u32>;
@group(0) @binding(2) var<storage, read_write> dn: array<vec4f>;
@group(0) @binding(3) var<uniform>             onward: vec2u;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4 || id.y >= onward.y) { return; }
  var sum = vec4f();
  for (var j = 0u; j < K; j++) { sum += dx[slots[id.y * K + j] * C4 + id.x]; }
  dn[id.y * C4 + id.x] += sum;
}
