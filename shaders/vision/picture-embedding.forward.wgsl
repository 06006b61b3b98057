// Token embedding of prompts with pictures, forward: token V + i is the i-th feature of the pictures.
//
//   x[r,c] = table[tokens[r], c]              tokens[r] < V
//   x[r,c] = features[tokens[r] − V, c]       else
//
// Shapes    tokens (R) u32   table (V, 4·C4)   features (F, 4·C4)   x (R, 4·C4)      row-major
// Dispatch  one invocation per vec4 of x: (C4 / WX, most rows / WY, 1)
// Writes    x, of the R rows that there are

override C4: u32;  // columns / 4, rounded up
override V: u32;   // vocabulary
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       tokens: array<u32>;
@group(0) @binding(1) var<storage, read>       table: array<vec4f>;
@group(0) @binding(2) var<storage, read>       features: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(4) var<uniform>             rowRange: vec2u;  // 0, R

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4 || id.y >= rowRange.y) { return; }
  let token = tokens[id.y];
  var value = vec4f();
  if (token < V) {
    value = table[token * C4 + id.x];
  } else {
    value = features[(token - V) * C4 + id.x];
  }
  x[id.y * C4 + id.x] = value;
}
