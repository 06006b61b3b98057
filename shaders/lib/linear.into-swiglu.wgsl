// The end of linear.forward for gate and up: SwiGLU of the two.
//
//   h[r,f] = silu(gate[r,f]) · up[r,f]           silu(x) = x / (1 + exp(−x))
//
// A tile's first vec4 is of gate, its second, `distance` = F / 4 on, of up at the same columns.
//
// Shapes    gateUp (R, 2·F): gate, then up   h (R, F)           O = 2·F
// Writes    gateUp, h

@group(0) @binding(6) var<storage, read_write> gateUp: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> h: array<vec4f>;

fn finish(expert: u32, row: u32, column: u32, first: vec4f, second: vec4f) {
  let gate = biased(expert, column, first);
  let up = biased(expert, column + params.distance, second);
  let at = row * params.O4 + column;
  gateUp[at] = gate;
  gateUp[at + params.distance] = up;
  // Below −80 the sigmoid is 0 in f32; exp must not overflow, for WGSL leaves infinity undefined.
  h[row * params.distance + column] = gate / (1 + exp(min(-gate, vec4f(80)))) * up;
}
