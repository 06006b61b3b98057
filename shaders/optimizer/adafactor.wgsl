// What the kernels of Adafactor share: its text goes before theirs.
//
// Adafactor (Shazeer and Stern, 2018), as transformers computes it without parameter scaling and
// relative steps. Of a matrix of squared gradients it keeps only the means of rows and columns:
//
//   row[i] ← β row[i] + (1 − β) (mean_j g[i,j]² + 1e-30)         β = 1 − step^(−0.8)
//   col[j] ← β col[j] + (1 − β) (mean_i g[i,j]² + 1e-30)
//   u[i,j] = (row[i] / mean(row))^(−½) · col[j]^(−½) · g[i,j]
//   p ← p − lr · wd · p − lr · u / max(1, rms(u))
//
// A vector is a matrix of one row: its column means are the squares themselves.

const EPS = 1e-30;
const WORKGROUP = 64u;

// A row of a tensor in the flat buffer, padding rows included.
struct Row {
  first: u32,            // its first vec4
  width: u32,            // its vec4s
  column: u32,           // the first of its tensor's vec4s of columns
  tensor: u32,
  columns: u32,          // numbers in it, without padding
  counts: u32,           // 0 for a row that is padding
  decays: u32,
}

// Four neighbouring columns of a tensor.
struct Column {
  first: u32,            // their first vec4
  stride: u32,           // vec4s to the next row
  steps: u32,            // rows, padding included
  rows: u32,             // rows, without padding
}

struct Tensor {
  firstRow: u32,
  steps: u32,            // rows, padding included
  rows: u32,             // rows, without padding
  numbers: u32,          // without padding
}

struct Params {
  beta: f32,
  oneMinusBeta: f32,
  learningRate: f32,
  lrDecay: f32,          // lr · wd
}

// Where there is no gradient there is no step, however large the factors beside it.
fn direction(g: vec4f, row: f32, meanRow: f32, column: vec4f) -> vec4f {
  let factor = inverseSqrt(row / meanRow) * inverseSqrt(column);
  return select(factor * g, vec4f(0.0), g == vec4f(0.0));
}
