// The end of linear.forward: what it found is stored, with the residual where `add`.
//
//   y[r,o] = Σ … (+ residual[r,o])
//
// Shapes    residual, y (R, O)
// Writes    y

@group(0) @binding(6) var<storage, read>       residual: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> y: array<vec4f>;

fn finish(expert: u32, row: u32, column: u32, first: vec4f, second: vec4f) {
  let at = row * params.O4 + column;
  let both = column + 1 < params.O4;
  var a = biased(expert, column, first);
  var b = biased(expert, min(column + 1, params.O4 - 1), second);
  if (params.add == 1) {
    a += residual[at];
    if (both) { b += residual[at + 1]; }
  }
  y[at] = a;
  if (both) { y[at + 1] = b; }
}
