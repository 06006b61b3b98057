// What a mixture's experts read: in each slot its token's normalised stream.
//
//   n[slot,c] = x[t,c] · rstd[t] · gain[c]          t = order[slot] / K
//
// Shapes    x (R, 4·C4)   rstd (R)   gain (4·C4)   order (R · K)   n (R · K, 4·C4)
//           onward: 0 and how many tokens go on
// Dispatch  one invocation per vec4: (C4 / WX, most rows · K / WY, 1)
// Writes    n

override K: u32;   // experts of a token
override C4: u32;  // channels / 4
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       rstd: array<f32>;
@group(0) @binding(2) var<storage, read>       gain: array<vec4f>;
@group(0) @binding(3) var<storage, read>       order: array<u32>;
@group(0) @binding(4) var<storage, read_write> n: array<vec4f>;
@group(0) @binding(5) var<uniform>             onward: vec2u;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4 || id.y >= onward.y * K) { return; }
  let t = order[id.y] / K;
  n[id.y * C4 + id.x] = x[t * C4 + id.x] * rstd[t] * gain[id.x];
}
