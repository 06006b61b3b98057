// RMSNorm, backward into its gain: one partial sum per chunk of rows.
//
//   partial[s,c] = Σ_r dy[r,c] · x[r,c] · rstd[r]        over the rows r of chunk s
//
// Shapes    x, dy (R, 4·C4)   rstd (R)   partial (S, 4·C4)      row-major
// Dispatch  one invocation per chunk and vec4 of columns: (C4 / WX, S / WY, 1)
// Writes    partial, which sum-partials adds up in the order of s

override R: u32;      // rows
override C4: u32;     // columns / 4, rounded up
override CHUNK: u32;  // rows per partial sum
override WX: u32 = 8;
override WY: u32 = 4;

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       rstd: array<f32>;
@group(0) @binding(2) var<storage, read>       dy: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> partial: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  if (c >= C4 || id.y * CHUNK >= R) { return; }
  var sum = vec4f();
  let end = min(R, (id.y + 1) * CHUNK);
  for (var r = id.y * CHUNK; r < end; r++) {
    sum += dy[r * C4 + c] * x[r * C4 + c] * rstd[r];
  }
  partial[id.y * C4 + c] = sum;
}
