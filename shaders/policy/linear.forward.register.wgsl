// Linear, forward, in register tiles: no workgroup memory (see linear.forward.wgsl).
//
// The lanes of a subgroup have the same rows and different columns: each loads one row of x in
// LANES and hands it round (lanes.*.wgsl). Each output is summed in the order of i.
//
// Dispatch  one invocation per tile of LANES·BLOCKS rows × 2 vec4s: (O / tile, most rows / tile, experts)

override WX: u32 = 4;  // a multiple of LANES
override WY: u32 = 2;

const BLOCKS = 2u;  // rows of a tile / LANES
const LATER = 1u;   // BLOCKS − 1
const AHEAD = 8u;   // LATER · LANES · 2
const WITHIN = 6u;  // (LANES − 1) · 2

@compute @workgroup_size(WX, WY)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let rows = rowsOf(id.z);
  let R = rows.y;
  let I4 = params.I4;
  let O4 = params.O4;
  let lane = index % LANES;
  let firstRow = rows.x + id.y * LANES * BLOCKS;
  let first = firstOf(id.x);
  let second = first + params.distance;
  if (firstRow >= R) { return; }

  // A ragged tile reads its last row or column again and does not store it. No lane returns early:
  // its neighbours need its rows.
  var xRow: array<u32, BLOCKS>;
  for (var i = 0u; i < BLOCKS; i++) {
    xRow[i] = min(firstRow + i * LANES + lane, R - 1) * I4;
  }
  let before = weightsBefore(id.z);
  let firstWeight = before + min(first, O4 - 1) * 4 * I4;
  let secondWeight = before + min(second, O4 - 1) * 4 * I4;

  var sum: array<vec4f, 2 * LANES * BLOCKS>;
  var squares: array<vec4f, BLOCKS>;
  for (var k = 0u; k < I4; k++) {
    let a = firstWeight + k;
    let wa = transpose(mat4x4f(weight[a], weight[a + I4], weight[a + 2 * I4], weight[a + 3 * I4]));
    let b = secondWeight + k;
    let wb = transpose(mat4x4f(weight[b], weight[b + I4], weight[b + 2 * I4], weight[b + 3 * I4]));
    var scale = vec4f(1);
    for (var n = 0u; n < NORM; n++) { scale = gain[k]; }
    for (var i = 0u; i < BLOCKS; i++) {
      var mine = x[xRow[i] + k];
      for (var n = 0u; n < NORM; n++) {
        squares[i] += mine * mine;
        mine *= scale;
      }
      let values = exchanged(mine);
      for (var l = 0u; l < LANES; l++) {
        sum[2 * (i * LANES + l)] += wa * values[l];
        sum[2 * (i * LANES + l) + 1] += wb * values[l];
      }
    }
  }

  // Loops, and what is left moves up in them: each place in the code that stores costs as much to
  // compile as all the sums.
  for (var block = 0u; block != BLOCKS; block++) {
    let row = firstRow + block * LANES;
    for (var n = 0u; n < NORM; n++) {
      // 1 / sqrt, not inverseSqrt, which may be an estimate.
      let mine = 1 / sqrt(dot(squares[0], vec4f(1)) / params.width + params.eps);
      if (id.x < LANES && row + lane < R) { rstd[row + lane] = mine; }
      let scales = exchanged(vec4f(mine));
      for (var l = 0u; l < LANES; l++) {
        sum[2 * l] *= scales[l];
        sum[2 * l + 1] *= scales[l];
      }
    }
    for (var l = 0u; l != LANES; l++) {
      let at = row + (lane ^ l);
      if (at < R && first < O4) { finish(id.z, at, first, sum[0], sum[1]); }
      for (var i = 0u; i < WITHIN; i++) { sum[i] = sum[i + 2]; }
    }
    for (var i = 0u; i < AHEAD; i++) { sum[i] = sum[i + 2 * LANES]; }
    for (var i = 0u; i < LATER; i++) { squares[i] = squares[i + 1]; }
  }
}
