// Token embedding, forward.
//
//   x[r,c] = table[tokens[r], c]
//
// Shapes    tokens (R) u32   table (V, 4·C4)   x (R, 4·C4)      row-major
// Dispatch  one invocation per vec4 of x: (C4 / WX, most rows / WY, 1)
// Writes    x, of the R rows that there are

override C4: u32;  // columns / 4, rounded up
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       tokens: array<u32>;
@group(0) @binding(1) var<storage, read>       table: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(3) var<uniform>             rowRange: vec2u;  // 0, R

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4 || id.y >= rowRange.y) { return; }
  x[id.y * C4 + id.x] = table[tokens[id.y] * C4 + id.x];
}
