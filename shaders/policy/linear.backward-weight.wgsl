// Linear, backward into its weight: one partial sum per chunk of rows.
//
//   partial[s,o,i] (+)= Σ_r dy[r,o] · x[r,i]        over the rows r of chunk s
//
// Shapes    dy (R, O)   x (R, I)   partial (S, O, I)            row-major, I and O multiples of 4
// Dispatch  one invocation per chunk and tile of 4·OUTPUTS × 4·COLUMNS: (I / tile, O / tile, S)
// Writes    partial, accumulated where `add`

override WX: u32 = 4;
override WY: u32 = 4;

const OUTPUTS = 2u;  // rows of a tile, in vec4s
const COLUMNS = 2u;  // columns of a tile, in vec4s

struct Params {
  R: u32,
  I4: u32,     // inputs / 4
  O4: u32,     // outputs / 4
  chunk: u32,  // rows per partial sum
  add: u32,    // 1: accumulates
}

@group(0) @binding(0) var<storage, read>       dy: array<vec4f>;
@group(0) @binding(1) var<storage, read>       x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(3) var<uniform>             params: Params;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let I4 = params.I4;
  let O4 = params.O4;
  let firstOutput = id.y * OUTPUTS;
  let firstColumn = id.x * COLUMNS;
  if (firstOutput >= O4 || firstColumn >= I4) { return; }

  // A ragged tile reads its last row or column again and does not store it.
  var output: array<u32, OUTPUTS>;
  for (var i = 0u; i < OUTPUTS; i++) { output[i] = min(firstOutput + i, O4 - 1); }
  var column: array<u32, COLUMNS>;
  for (var j = 0u; j < COLUMNS; j++) { column[j] = min(firstColumn + j, I4 - 1); }

  var sum: array<vec4f, 4 * OUTPUTS * COLUMNS>;
  let end = min(params.R, (id.z + 1) * params.chunk);
  // Four rows at a time: sums that are touched once for four products stay cheap.
  for (var r = id.z * params.chunk; r < end; r += 4) {
    // Past the end the last row is read again and counts 0.
    let row = min(vec4u(r, r + 1, r + 2, r + 3), vec4u(end - 1));
    let counts = select(vec4f(0), vec4f(1), vec4u(r, r + 1, r + 2, r + 3) < vec4u(end));
    var value: array<mat4x4f, COLUMNS>;
    for (var j = 0u; j < COLUMNS; j++) {
      let c = column[j];
      value[j] = mat4x4f(x[row.x * I4 + c], x[row.y * I4 + c], x[row.z * I4 + c], x[row.w * I4 + c]);
    }
    for (var i = 0u; i < OUTPUTS; i++) {
      let o = output[i];
      let d = transpose(mat4x4f(
        dy[row.x * O4 + o] * counts.x,
        dy[row.y * O4 + o] * counts.y,
        dy[row.z * O4 + o] * counts.z,
        dy[row.w * O4 + o] * counts.w,
      ));
      for (var j = 0u; j < COLUMNS; j++) {
        sum[(4 * i + 0) * COLUMNS + j] += value[j] * d[0];
        sum[(4 * i + 1) * COLUMNS + j] += value[j] * d[1];
        sum[(4 * i + 2) * COLUMNS + j] += value[j] * d[2];
        sum[(4 * i + 3) * COLUMNS + j] += value[j] * d[3];
      }
    }
  }

  for (var i = 0u; i < OUTPUTS; i++) {
    for (var j = 0u; j < COLUMNS; j++) {
      if (firstOutput + i < O4 && firstColumn + j < I4) {
        let at = (id.z * O4 + firstOutput + i) * 4 * I4 + firstColumn + j;
        var found = mat4x4f(
          sum[(4 * i + 0) * COLUMNS + j],
          sum[(4 * i + 1) * COLUMNS + j],
          sum[(4 * i + 2) * COLUMNS + j],
          sum[(4 * i + 3) * COLUMNS + j],
        );
        if (params.add == 1) {
          found += mat4x4f(
            partial[at], partial[at + I4], partial[at + 2 * I4], partial[at + 3 * I4],
          );
        }
        partial[at] = found[0];
        partial[at + I4] = found[1];
        partial[at + 2 * I4] = found[2];
        partial[at + 3 * I4] = found[3];
      }
    }
  }
}
