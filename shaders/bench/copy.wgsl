// Copies a buffer: what the adapter's memory allows.
//
//   y[i] = x[i]
//
// Shapes    x, y (N) vec4
// Dispatch  one invocation per vec4: (X, N / 64 / X, 1), of any X
// Writes    y

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) grid: vec3u) {
  let i = id.y * grid.x * 64u + id.x;
  y[i] = x[i];
}
