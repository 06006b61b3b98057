// Linear, backward into its input.
//
//   dx[r,i] = Σ_o dy[r,o] · weight[o,i]
//
// Shapes    dy (R, O)   weight (O, I)   dx (R, I)               row-major, I and O multiples of 4
// Dispatch  one invocation per tile of ROWS × 4·COLUMNS elements of dx: (I / tile, R / tile, 1)
// Writes    dx (not accumulated)

override WX: u32 = 4;
override WY: u32 = 4;

const ROWS = 8u;     // rows of a tile
const COLUMNS = 2u;  // columns of a tile, in vec4s

struct Params {
  R: u32,
  I4: u32,  // inputs / 4
  O4: u32,  // outputs / 4
}

@group(0) @binding(0) var<storage, read>       dy: array<vec4f>;
@group(0) @binding(1) var<storage, read>       weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(3) var<uniform>             params: Params;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let R = params.R;
  let I4 = params.I4;
  let O4 = params.O4;
  let firstRow = id.y * ROWS;
  let firstColumn = id.x * COLUMNS;
  if (firstRow >= R || firstColumn >= I4) { return; }

  // A ragged tile reads its last row or column again and does not store it.
  var dyRow: array<u32, ROWS>;
  for (var i = 0u; i < ROWS; i++) { dyRow[i] = min(firstRow + i, R - 1) * O4; }
  var column: array<u32, COLUMNS>;
  for (var j = 0u; j < COLUMNS; j++) { column[j] = min(firstColumn + j, I4 - 1); }

  var sum: array<vec4f, ROWS * COLUMNS>;
  for (var k = 0u; k < O4; k++) {
    var w: array<mat4x4f, COLUMNS>;
    for (var j = 0u; j < COLUMNS; j++) {
      let at = 4 * k * I4 + column[j];
      w[j] = mat4x4f(weight[at], weight[at + I4], weight[at + 2 * I4], weight[at + 3 * I4]);
    }
    for (var i = 0u; i < ROWS; i++) {
      let value = dy[dyRow[i] + k];
      for (var j = 0u; j < COLUMNS; j++) { sum[i * COLUMNS + j] += w[j] * value; }
    }
  }

  for (var i = 0u; i < ROWS; i++) {
    for (var j = 0u; j < COLUMNS; j++) {
      if (firstRow + i < R && firstColumn + j < I4) {
        dx[(firstRow + i) * I4 + firstColumn + j] = sum[i * COLUMNS + j];
      }
    }
  }
}
