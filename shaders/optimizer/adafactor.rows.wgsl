// Adafactor, first: the running mean of squared gradients of every row.
//
//   row[i] ← β row[i] + (1 − β) (mean_j g[i,j]² + 1e-30)
//
// Shapes    g (N)   status (3)   rows, row (ROWS)                                N in vec4s
// Dispatch  one workgroup per row: (ROWS, 1, 1)
// Writes    row; nothing when status says that the step is skipped

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let span = rows[group.x];
  var sum = 0.0;
  for (var i = lane; i < span.width; i += WORKGROUP) {
    let gradient = g[span.first + i] * status[2];
    sum += dot(gradient, gradient);
  }
  let all = total(lane, sum);
  if (lane > 0u || status[1] > 0.0) { return; }
  let mean = all / f32(span.columns) + EPS;
  row[group.x] = params.beta * row[group.x] + params.oneMinusBeta * mean;
}
