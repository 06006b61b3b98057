// Adafactor, second: the running mean of squared gradients of every column.
//
//   col[j] ← β col[j] + (1 − β) (mean_i g[i,j]² + 1e-30)
//
// Shapes    g (N)   status (3)   columns, column (COLUMNS)             N, COLUMNS in vec4s
// Dispatch  one invocation per four columns: (⌈COLUMNS / 64⌉, 1, 1)
// Writes    column; nothing when status says that the step is skipped

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let j = id.x;
  let skipped = status[1] > 0.0;
  if (j >= arrayLength(&columns) || skipped) { return; }
  let span = columns[j];
  var sum = vec4f(0.0);
  for (var i = 0u; i < span.steps; i++) {
    let gradient = g[span.first + i * span.stride] * status[2];
    sum += gradient * gradient;
  }
  let mean = sum / f32(span.rows) + EPS;
  column[j] = params.beta * column[j] + params.oneMinusBeta * mean;
}
