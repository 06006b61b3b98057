// Adafactor, last: the step itself.
//
//   p ← p − lr · wd · p − lr · u / max(1, rms(u))
//
// Shapes    g, p (N)   status (3)   rows, row (ROWS)   column (COLUMNS)   scale (TENSORS)
//           N, COLUMNS in vec4s
// Dispatch  one workgroup per row: (ROWS, 1, 1)
// Writes    p; nothing when status says that the step is skipped

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let span = rows[group.x];
  if (status[1] > 0.0) { return; }
  let tensor = scale[span.tensor];
  let lrDecay = params.lrDecay * f32(span.decays);
  for (var i = lane; i < span.width; i += WORKGROUP) {
    let at = span.first + i;
    let gradient = g[at] * status[2];
    let u = direction(gradient, row[group.x], tensor.x, column[span.column + i]) / tensor.y;
    p[at] -= lrDecay * p[at] + params.learningRate * u;
  }
}
