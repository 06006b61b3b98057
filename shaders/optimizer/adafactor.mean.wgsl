// Adafactor, third: the mean of every tensor's row means.
//
//   scale[t].x = mean_i row[i]                      over the rows of t that are not padding
//
// Shapes    tensors, scale (TENSORS)   rows, row (ROWS)
// Dispatch  one workgroup per tensor: (TENSORS, 1, 1)
// Writes    scale

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let span = tensors[group.x];
  var sum = 0.0;
  for (var i = lane; i < span.steps; i += WORKGROUP) {
    let at = span.firstRow + i;
    sum += select(0.0, row[at], rows[at].counts != 0u);
  }
  let all = total(lane, sum);
  if (lane == 0u) { scale[group.x].x = all / f32(span.rows); }
}
