// Adafactor, fourth: how large the step of every row would be.
//
//   square[i] = Σ_j u[i,j]²
//
// Shapes    g (N)   status (3)   rows, row, square (ROWS)   column (COLUMNS)   scale (TENSORS)
//           N, COLUMNS in vec4s
// Dispatch  one workgroup per row: (ROWS, 1, 1)
// Writes    square

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let span = rows[group.x];
  let meanRow = scale[span.tensor].x;
  var sum = 0.0;
  for (var i = lane; i < span.width; i += WORKGROUP) {
    let gradient = g[span.first + i] * status[2];
    let u = direction(gradient, row[group.x], meanRow, column[span.column + i]);
    sum += dot(u, u);
  }
  let all = total(lane, sum);
  if (lane == 0u) { square[group.x] = all; }
}
