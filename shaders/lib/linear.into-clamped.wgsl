// The end of linear.forward for gate and up as gpt-oss has them: cut off at a limit, and up about 1.
//
//   g = min(gate[r,f], 7)    u = min(max(up[r,f], −7), 7)
//   h[r,f] = (u + 1) · g · σ(1.702 · g)
//
// A tile's first vec4 is of gate, its second, `distance` = F / 4 on, of up at the same columns.
//
// Shapes    gateUp (R, 2·F): gate, then up, before they are cut off   h (R, F)           O = 2·F
// Writes    gateUp, h; of h what is padding too: 0, for there g is 0

@group(0) @binding(6) var<storage, read_write> gateUp: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> h: array<vec4f>;

const LIMIT = 7.0;
const STEEPNESS = 1.702;

fn finish(expert: u32, row: u32, column: u32, first: vec4f, second: vec4f) {
  let gate = biased(expert, column, first);
  let up = biased(expert, column + params.distance, second);
  let at = row * params.O4 + column;
  gateUp[at] = gate;
  gateUp[at + params.distance] = up;
  let g = min(gate, vec4f(LIMIT));
  let u = clamp(up, vec4f(-LIMIT), vec4f(LIMIT));
  // exp must not overflow, for WGSL leaves infinity undefined.
  h[row * params.distance + column] = (u + 1) * g / (1 + exp(min(-STEEPNESS * g, vec4f(80))));
}
