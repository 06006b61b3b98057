// RMSNorm, backward into its input.
//
//   n[r,c]     = x[r,c] · rstd[r]
//   dx[r,c] (+)= rstd[r] · ( gain[c] · dy[r,c] − n[r,c] · mean_j( n[r,j] · gain[j] · dy[r,j] ) )
//
// Shapes    x, dy, dx (R, 4·C4)   gain (4·C4)   rstd (R)        row-major; columns from C on are 0
// Dispatch  one invocation per row: (R / WORKGROUP, 1, 1)
// Writes    dx, accumulated where ADD, else overwritten

override R: u32;   // rows
override C: u32;   // columns that count in the mean
override C4: u32;  // columns / 4, rounded up
override ADD: bool;
override WORKGROUP: u32 = 16;

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       gain: array<vec4f>;
@group(0) @binding(2) var<storage, read>       rstd: array<f32>;
@group(0) @binding(3) var<storage, read>       dy: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let r = id.x;
  if (r >= R) { return; }
  var products = vec4f();
  for (var c = 0u; c < C4; c++) { products += x[r * C4 + c] * gain[c] * dy[r * C4 + c]; }
  let scale = rstd[r];
  let along = dot(products, vec4f(1)) * scale * scale / f32(C);
  for (var c = 0u; c < C4; c++) {
    let at = r * C4 + c;
    var value = scale * (gain[c] * dy[at] - x[at] * along);
    if (ADD) { value += dx[at]; }
    dx[at] = value;
  }
}
