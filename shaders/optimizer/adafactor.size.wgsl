// Adafactor, fourth: how large the step of every row would be.
//
//   square[i] = Σ_j u[i,j]²
//
// Shapes    g (N)   status (3)   rows, row, square (ROWS)   column (COLUMNS)   scale (TENSORS)
//           N, COLUMNS in vec4s
// Dispatch  one workgroup per row: (ROWS, 1, 1)
// Writes    square

@group(0) @binding(0) var<storage, read>       g: array<vec4f>;
@group(0) @binding(1) var<storage, read>       status: array<f32, 3>;
@group(0) @binding(2) var<storage, read>       rows: array<Row>;
@group(0) @binding(3) var<storage, read>       row: array<f32>;
@group(0) @binding(4) var<storage, read>       column: array<vec4f>;
@group(0) @binding(5) var<storage, read>       scale: array<vec2f>;
@group(0) @binding(6) var<storage, read_write> square: array<f32>;

var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = rows[group.x];
  let meanRow = scale[place.tensor].x;
  var sum = 0.0;
  for (var i = lane; i < place.width; i += WORKGROUP) {
    let gradient = g[place.first + i] * status[2];
    let u = direction(gradient, row[group.x], meanRow, column[place.column + i]);
    sum += dot(u, u);
  }
  sums[lane] = sum;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0u) { square[group.x] = sums[0]; }
}
