// The columns that are scored, taken out of the residual stream.
//
//   y[b,k] = x[b, HEAD + k]
//
// Shapes    x (B, T, 4·C4)   y (B, K, 4·C4)                     K = T − HEAD
// Dispatch  one invocation per vec4 of y: (C4 / WX, B·K / WY, 1)
// Writes    y

override B: u32;     // sequences
override T: u32;     // columns
override HEAD: u32;  // first column taken
override C4: u32;    // width / 4, rounded up
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let K = T - HEAD;
  if (id.x >= C4 || id.y >= B * K) { return; }
  let row = id.y / K * T + HEAD + id.y % K;
  y[id.y * C4 + id.x] = x[row * C4 + id.x];
}
