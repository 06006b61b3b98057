// Adafactor, first: the running mean of squared gradients of every row.
//
//   row[i] ← β row[i] + (1 − β) (mean_j g[i,j]² + 1e-30)
//
// Shapes    g (N)   status (3)   rows, row (ROWS)                                N in vec4s
// Dispatch  one workgroup per row: (ROWS, 1, 1)
// Writes    row; nothing when status says that the step is skipped

@group(0) @binding(0) var<storage, read>       g: array<vec4f>;
@group(0) @binding(1) var<storage, read>       status: array<f32, 3>;
@group(0) @binding(2) var<storage, read>       rows: array<Row>;
@group(0) @binding(3) var<storage, read_write> row: array<f32>;
@group(0) @binding(4) var<uniform>             params: Params;

var<workgroup> sums: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = rows[group.x];
  var sum = 0.0;
  for (var i = lane; i < place.width; i += WORKGROUP) {
    let gradient = g[place.first + i] * status[2];
    sum += dot(gradient, gradient);
  }
  sums[lane] = sum;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane > 0u || status[1] > 0.0) { return; }
  let mean = sums[0] / f32(place.columns) + EPS;
  row[group.x] = params.beta * row[group.x] + params.oneMinusBeta * mean;
}
