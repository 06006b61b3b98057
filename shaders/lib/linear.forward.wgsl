// What linear.forward's kernels share, put before linear.forward.*.wgsl; where NORM is 1 the input is
// RMS-normalised.
//
//   n[r,i] = x[r,i] · rstd[r] · gain[i]          rstd[r] = 1 / sqrt( mean_i x[r,i]² + eps )
//   y[r,o] = Σ_i n[r,i] · weight[o,i] (+ bias[o])   n = x where NORM is 0
//
// What becomes of y is in linear.into-*.wgsl: `finish` gets two vec4s of a row, `distance` apart, before
// the bias. Which rows there are is in rows.*.wgsl.
//
// Shapes    x (…, I)   weight (O, I)   gain (I)   rstd (…)      row-major, I and O multiples of 4
//           bias (O), behind the weight: `bias` vec4s from its beginning
// Saves     rstd, which the backward pass reads

const NORM = 0u;  // 1: the input is normalised
const BIAS = 0u;  // 1: there is a bias

// Shapes are a uniform here, so that one pipeline serves every linear: large tiles compile slowly.
struct Params {
  I4: u32,            // inputs / 4
  O4: u32,            // outputs / 4
  distance: u32,      // from a tile's first vec4 of outputs to its second
  add: u32,           // 1: the residual is added
  width: f32,         // numbers of a row that count in the mean
  eps: f32,
  bias: u32,          // where the bias begins, in vec4s from the weight's beginning
  weightStride: u32,  // from an expert's weight to the next one's, in vec4s
  biasStride: u32,
}

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       weight: array<vec4f>;
@group(0) @binding(2) var<uniform>             params: Params;
@group(0) @binding(3) var<storage, read>       gain: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> rstd: array<f32>;

/** The first of the two vec4s of outputs that are the pair of that number. */
fn firstOf(pair: u32) -> u32 {
  return pair / params.distance * 2 * params.distance + pair % params.distance;
}

/** A sum with its bias. */
fn biased(expert: u32, column: u32, found: vec4f) -> vec4f {
  var value = found;
  for (var n = 0u; n < BIAS; n++) { value += weight[params.bias + biasesBefore(expert) + column]; }
  return value;
}
