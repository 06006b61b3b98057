// Linear, forward.
//
//   y[r,o] = Σ_i x[r,i] · weight[o,i]  (+ residual[r,o])
//
// Shapes    x (R, I)   weight (O, I)   residual, y (R, O)       row-major, I and O multiples of 4
// Dispatch  one invocation per tile of ROWS × 4·COLUMNS outputs: (O / tile, R / tile, 1)
// Writes    y

override WX: u32 = 4;
override WY: u32 = 4;

const ROWS = 8u;     // rows of a tile
const COLUMNS = 2u;  // columns of a tile, in vec4s

// Shapes are a uniform here, so that one pipeline serves every linear: large tiles compile slowly.
struct Params {
  R: u32,
  I4: u32,   // inputs / 4
  O4: u32,   // outputs / 4
  add: u32,  // 1: the residual is added
}

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       weight: array<vec4f>;
@group(0) @binding(2) var<storage, read>       residual: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform>             params: Params;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let R = params.R;
  let I4 = params.I4;
  let O4 = params.O4;
  let firstRow = id.y * ROWS;
  let firstColumn = id.x * COLUMNS;
  if (firstRow >= R || firstColumn >= O4) { return; }

  // A ragged tile reads its last row or column again and does not store it.
  var xRow: array<u32, ROWS>;
  for (var i = 0u; i < ROWS; i++) { xRow[i] = min(firstRow + i, R - 1) * I4; }
  var weightRow: array<u32, COLUMNS>;
  for (var j = 0u; j < COLUMNS; j++) { weightRow[j] = min(firstColumn + j, O4 - 1) * 4 * I4; }

  var sum: array<vec4f, ROWS * COLUMNS>;
  for (var k = 0u; k < I4; k++) {
    var w: array<mat4x4f, COLUMNS>;
    for (var j = 0u; j < COLUMNS; j++) {
      let at = weightRow[j] + k;
      w[j] = mat4x4f(weight[at], weight[at + I4], weight[at + 2 * I4], weight[at + 3 * I4]);
    }
    for (var i = 0u; i < ROWS; i++) {
      let value = x[xRow[i] + k];
      for (var j = 0u; j < COLUMNS; j++) { sum[i * COLUMNS + j] += value * w[j]; }
    }
  }

  for (var i = 0u; i < ROWS; i++) {
    for (var j = 0u; j < COLUMNS; j++) {
      if (firstRow + i < R && firstColumn + j < O4) {
        let at = (firstRow + i) * O4 + firstColumn + j;
        var value = sum[i * COLUMNS + j];
        if (params.add == 1) { value += residual[at]; }
        y[at] = value;
      }
    }
  }
}
