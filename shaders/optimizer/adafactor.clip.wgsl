// Adafactor, fifth: what the step of every tensor is divided by.
//
//   scale[t].y = max(1, rms(u))
//
// Shapes    tensors, scale (TENSORS)   square (ROWS)
// Dispatch  one workgroup per tensor: (TENSORS, 1, 1)
// Writes    scale

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let span = tensors[group.x];
  var sum = 0.0;
  for (var i = lane; i < span.steps; i += WORKGROUP) {
    sum += square[span.firstRow + i];
  }
  let all = total(lane, sum);
  if (lane == 0u) { scale[group.x].y = max(1.0, sqrt(all / f32(span.numbers))); }
}
