// What linear.backward's kernels share, put before linear.backward.*.wgsl: both products in one
// launch, into the weight and into the input. Where `norm`, the input was normalised:
// n = x · rstd · gain, else n = x.
//
//   partial[s,o,i] (+)= Σ_r dy[r,o] · n[r,i]     over the rows r of chunk s
//   dn[r,i]           = Σ_o dy[r,o] · weight[o,i]
//
// Where `gated`, the input was h = silu(gate) · up, and its gradient goes on into both:
//
//   σ          = 1 / (1 + exp(−gate))
//   dgate[r,i] = dn[r,i] · up[r,i] · σ · (1 + gate[r,i] · (1 − σ))
//   dup[r,i]   = dn[r,i] · gate[r,i] · σ
//
// or where CLAMPED, and h = (u + 1) · g · σ(1.702 · g), g = min(gate, 7), u = min(max(up, −7), 7):
//
//   dgate[r,i] = dn[r,i] · (u + 1) · σ · (1 + 1.702 · g · (1 − σ))   0 where gate was above
//   dup[r,i]   = dn[r,i] · g · σ                                     0 where up was outside
//
// Which rows there are is in rows.*.wgsl.
//
// Shapes    dy (R, O)   x (R, I)   rstd (R)   gain (I)   weight (O, I)   partial (S, O, I)
//           dx (R, I), or where `gated`: gateUp, dx (R, 2·I): gate, then up
//           S is for the most rows that there may be: a chunk may have none, and its sums are 0
// Writes    partial, accumulated where `add`; dx (not accumulated)

/** What is added up in a row loses digits: no sum is over more rows at once. */
const LONGEST = 1024u;

const CLAMPED = 0u;  // 1: of gate and up what lies beyond a limit was cut off
const LIMIT = 7.0;
const STEEPNESS = 1.702;

struct Params {
  I4: u32,            // inputs / 4
  O4: u32,            // outputs / 4
  add: u32,           // 1: partial is accumulated
  norm: u32,          // 1: the input was normalised
  gated: u32,         // 1: the input was h, of gate and up
  tall: u32,          // workgroups along y for one chunk of the weight
  chunks: u32,        // S
  weightStride: u32,  // from an expert's weight to the next one's, in vec4s
  biasStride: u32,
}

@group(0) @binding(0) var<storage, read>       dy: array<vec4f>;
@group(0) @binding(1) var<storage, read>       x: array<vec4f>;
@group(0) @binding(2) var<storage, read>       weight: array<vec4f>;
@group(0) @binding(3) var<uniform>             params: Params;
@group(0) @binding(4) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(6) var<storage, read>       gain: array<vec4f>;
@group(0) @binding(7) var<storage, read>       rstd: array<f32>;
@group(0) @binding(8) var<storage, read>       gateUp: array<vec4f>;
@group(0) @binding(9) var<storage, read_write> dx: array<vec4f>;

/** Rows per partial sum, a multiple of 4. */
fn chunkRows(rows: vec2u) -> u32 {
  let most = 4 * params.chunks;
  return (rows.y - rows.x + most - 1) / most * 4;
}

/** Puts a sum into the weight's gradient; `further`: it has the rows before it already. */
fn store(at: u32, found: vec4f, further: bool) {
  var value = found;
  if (further || params.add == 1) { value += partial[at]; }
  partial[at] = value;
}

/** Puts a sum into the input's gradient. */
fn finish(row: u32, column: u32, found: vec4f) {
  if (params.gated == 0) {
    dx[row * params.I4 + column] = found;
  } else {
    let at = row * 2 * params.I4 + column;
    let gate = gateUp[at];
    let up = gateUp[at + params.I4];
    let sigmoid = 1 / (1 + exp(min(-gate, vec4f(80))));
    var dgate = found * up * sigmoid * (1 + gate * (1 - sigmoid));
    var dup = found * gate * sigmoid;
    for (var n = 0u; n < CLAMPED; n++) {
      let g = min(gate, vec4f(LIMIT));
      let u = clamp(up, vec4f(-LIMIT), vec4f(LIMIT));
      let steep = 1 / (1 + exp(min(-STEEPNESS * g, vec4f(80))));
      dgate = found * (u + 1) * steep * (1 + STEEPNESS * g * (1 - steep));
      dgate = select(dgate, vec4f(), gate > vec4f(LIMIT));
      dup = select(found * g * steep, vec4f(), abs(up) > vec4f(LIMIT));
    }
    dx[at] = dgate;
    dx[at + params.I4] = dup;
  }
}
