// GELU of either kind, forward (see lib/gelu.wgsl).
//
//   y[i] = gelu(x[i])
//
// Shapes    x, y (4·N4)
// Dispatch  one invocation per vec4: (N4 / WORKGROUP, 1, 1)
// Writes    y

override N4: u32;
override WORKGROUP: u32 = 64;

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= N4) { return; }
  let own = x[id.x];
  if (QUICK == 1) {
    y[id.x] = own * sigmoid(own);
  } else {
    y[id.x] = own * normal(own);
  }
}
