// RMSNorm, forward.
//
//   rstd[r] = 1 / sqrt( mean_c x[r,c]² + EPS )
//   y[r,c]  = x[r,c] · rstd[r] · gain[c]
//
// Shapes    x, y (R, 4·C4)   gain (4·C4)   rstd (R)             row-major; columns from C on are 0
// Dispatch  one invocation per row: (R / WORKGROUP, 1, 1)
// Saves     rstd, which both backward kernels read

override R: u32;   // rows
override C: u32;   // columns that count in the mean
override C4: u32;  // columns / 4, rounded up
override EPS: f32;
override WORKGROUP: u32 = 16;

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       gain: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> rstd: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let r = id.x;
  if (r >= R) { return; }
  var squares = vec4f();
  for (var c = 0u; c < C4; c++) {
    let value = x[r * C4 + c];
    squares += value * value;
  }
  // 1 / sqrt, not inverseSqrt, which may be an estimate.
  let scale = 1 / sqrt(dot(squares, vec4f(1)) / f32(C) + EPS);
  rstd[r] = scale;
  for (var c = 0u; c < C4; c++) { y[r * C4 + c] = x[r * C4 + c] * scale * gain[c]; }
}
