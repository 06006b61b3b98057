// SwiGLU, forward.
//
//   h[r,f] = silu(gate[r,f]) · up[r,f]           silu(x) = x / (1 + exp(−x))
//
// Shapes    gateUp (R, 2·4·F4): gate, then up   h (R, 4·F4)     row-major
// Dispatch  one invocation per vec4 of h: (F4 / WX, R / WY, 1)
// Writes    h

override R: u32;   // rows
override F4: u32;  // hidden width / 4, rounded up
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       gateUp: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> h: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= F4 || id.y >= R) { return; }
  let gate = gateUp[id.y * 2 * F4 + id.x];
  let up = gateUp[id.y * 2 * F4 + F4 + id.x];
  // Below −80 the sigmoid is 0 in f32; exp must not overflow, for WGSL leaves infinity undefined.
  h[id.y * F4 + id.x] = gate / (1 + exp(min(-gate, vec4f(80)))) * up;
}
