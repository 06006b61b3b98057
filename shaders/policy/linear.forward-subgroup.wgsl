enable subgroups;

// Linear, forward, where LANES neighbours share what they load.
//
//   y[r,o] = Σ_i x[r,i] · weight[o,i]  (+ residual[r,o])
//
// The lanes of a subgroup have the same rows and different columns: each loads one row of x in
// LANES and hands it round. Sums are those of linear.forward, in the same order.
//
// Shapes    x (R, I)   weight (O, I)   residual, y (R, O)       row-major, I and O multiples of 4
// Dispatch  one invocation per tile of LANES·BLOCKS × 4·COLUMNS outputs: (O / tile, R / tile, 1)
// Writes    y

override WX: u32 = 4;  // a multiple of LANES, the size of every subgroup
override WY: u32 = 4;

const LANES = 4u;
const BLOCKS = 2u;   // rows of a tile / LANES
const COLUMNS = 1u;  // columns of a tile, in vec4s

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
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let R = params.R;
  let I4 = params.I4;
  let O4 = params.O4;
  let firstRow = id.y * LANES * BLOCKS;
  let firstColumn = id.x * COLUMNS;

  // A ragged tile reads its last row or column again and does not store it. No lane returns early:
  // its neighbours need its rows.
  var xRow: array<u32, BLOCKS>;
  for (var i = 0u; i < BLOCKS; i++) { xRow[i] = min(firstRow + i * LANES + lane, R - 1) * I4; }
  var weightRow: array<u32, COLUMNS>;
  for (var j = 0u; j < COLUMNS; j++) { weightRow[j] = min(firstColumn + j, O4 - 1) * 4 * I4; }

  var sum: array<vec4f, LANES * BLOCKS * COLUMNS>;
  for (var k = 0u; k < I4; k++) {
    var w: array<mat4x4f, COLUMNS>;
    for (var j = 0u; j < COLUMNS; j++) {
      let at = weightRow[j] + k;
      w[j] = transpose(
        mat4x4f(weight[at], weight[at + I4], weight[at + 2 * I4], weight[at + 3 * I4]),
      );
    }
    for (var i = 0u; i < BLOCKS; i++) {
      let mine = x[xRow[i] + k];
      for (var l = 0u; l < LANES; l++) {
        let value = subgroupBroadcast(mine, l);
        for (var j = 0u; j < COLUMNS; j++) { sum[(i * LANES + l) * COLUMNS + j] += w[j] * value; }
      }
    }
  }

  for (var i = 0u; i < BLOCKS; i++) {
    for (var l = 0u; l < LANES; l++) {
      for (var j = 0u; j < COLUMNS; j++) {
        let row = firstRow + i * LANES + l;
        if (row < R && firstColumn + j < O4) {
          let at = row * O4 + firstColumn + j;
          var value = sum[(i * LANES + l) * COLUMNS + j];
          if (params.add == 1) { value += residual[at]; }
          y[at] = value;
        }
      }
    }
  }
}
