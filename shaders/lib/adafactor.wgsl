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
//
// Shapes    g, p (N)   status (3)   rows, row, square (ROWS)   columns, column (COLUMNS)
//           tensors, scale (TENSORS)                            N, COLUMNS in vec4s

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

@group(0) @binding(0)  var<storage, read>       g: array<vec4f>;
@group(0) @binding(1)  var<storage, read>       status: array<f32, 3>;
@group(0) @binding(2)  var<storage, read>       rows: array<Row>;
@group(0) @binding(3)  var<storage, read>       columns: array<Column>;
@group(0) @binding(4)  var<storage, read>       tensors: array<Tensor>;
@group(0) @binding(5)  var<storage, read_write> row: array<f32>;
@group(0) @binding(6)  var<storage, read_write> column: array<vec4f>;
@group(0) @binding(7)  var<storage, read_write> scale: array<vec2f>;
@group(0) @binding(8)  var<storage, read_write> square: array<f32>;
@group(0) @binding(9)  var<storage, read_write> p: array<vec4f>;
@group(0) @binding(10) var<uniform>             params: Params;

var<workgroup> sums: array<f32, WORKGROUP>;

// The sum over all lanes of a workgroup, once in a kernel.
fn total(lane: u32, sum: f32) -> f32 {
  sums[lane] = sum;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  workgroupBarrier();
  return sums[0];
}

// Where there is no gradient there is no step, however large the factors beside it.
fn direction(gradient: vec4f, rowMean: f32, meanRow: f32, columnMean: vec4f) -> vec4f {
  let factor = inverseSqrt(rowMean / meanRow) * inverseSqrt(columnMean);
  return select(factor * gradient, vec4f(0.0), gradient == vec4f(0.0));
}
