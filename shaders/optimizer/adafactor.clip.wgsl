// Adafactor, fifth: what the step of every tensor is divided by.
//
//   scale[t].y = max(1, rms(u))
//
// Shapes    tensors, scale (TENSORS)   square (ROWS)
// Dispatch  one workgroup per tensor: (TENSORS, 1, 1)
// Writes    scale

@group(0) @binding(0) var<storage, read>       tensors: array<Tensor>;
@group(0) @binding(1) var<storage, read>       square: array<f32>;
@group(0) @binding(2) var<storage, read_write> scale: array<vec2f>;

var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = tensors[group.x];
  var sum = 0.0;
  for (var i = lane; i < place.steps; i += WORKGROUP) {
    sum += square[place.firstRow + i];
  }
  sums[lane] = sum;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0u) { scale[group.x].y = max(1.0, sqrt(sums[0] / f32(place.numbers))); }
}
