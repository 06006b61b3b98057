// Linear, backward, in register tiles: no workgroup memory (see linear.backward.wgsl).
//
// The lanes of a subgroup have different columns i: each loads one row of dy in four and hands it
// round (lanes.*.wgsl). The order of a sum over r depends on the lane, and on nothing else.
//
// Dispatch  (I / tile, S · O / tile + most rows / tile, experts): the first S · O / tile rows of the grid are
//           the weight's tiles of 4·OUTPUTS × 2 vec4s, chunk by chunk; the rest the input's tiles of
//           LANES·BLOCKS × 2 vec4s

override WX: u32 = 4;  // a multiple of LANES
override WY: u32 = 2;

const BLOCKS = 2u;   // rows of an input's tile / LANES
const AHEAD = 8u;    // (BLOCKS − 1) · LANES · 2
const OUTPUTS = 2u;  // outputs of a weight's tile, in vec4s
const SUMS = 16u;    // OUTPUTS · 8
const AFTER = 8u;    // SUMS − 8
const OWN = 1u;      // rows of dy in four that a lane loads itself
const SHARED = 1u;   // 1: the others come from its neighbours
const WITHIN = 6u;   // (LANES − 1) · 2

@compute @workgroup_size(WX, WY)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let column = (group.x * WX + local.x) * 2;
  let lane = index % LANES;
  let ofWeight = params.tall * params.chunks;
  if (group.y < ofWeight) {
    let tile = group.y % params.tall * WY + local.y;
    intoWeight(group.z, column, tile * OUTPUTS, group.y / params.tall, lane);
  } else {
    intoInput(group.z, column, ((group.y - ofWeight) * WY + local.y) * LANES * BLOCKS, lane);
  }
}

fn intoWeight(expert: u32, column: u32, firstOutput: u32, chunk: u32, lane: u32) {
  let I4 = params.I4;
  let O4 = params.O4;
  if (firstOutput >= O4) { return; }

  // A ragged tile reads its last row or column again and does not store it. No lane returns early:
  // its neighbours need its rows.
  var output: array<u32, OUTPUTS>;
  for (var i = 0u; i < OUTPUTS; i++) { output[i] = min(firstOutput + i, O4 - 1); }
  let ca = min(column, I4 - 1);
  let cb = min(column + 1, I4 - 1);

  let range = rowsOf(expert);
  let start = range.x + chunk * chunkRows(range);
  let end = min(range.y, start + chunkRows(range));
  // Cleared by hand: SwiftShader does not clear an array again that is declared in a loop.
  var sum: array<vec4f, SUMS>;
  for (var begin = start; begin < max(end, start + 1); begin += LONGEST) {
    for (var j = 0u; j < SUMS; j++) { sum[j] = vec4f(); }
    for (var r = begin; r < min(end, begin + LONGEST); r += 4) {
      // Past the end the last row is read again and counts 0.
      let rows = r + (vec4u(0, 1, 2, 3) ^ vec4u(lane));
      let real = min(rows, vec4u(end - 1));
      var counts = select(vec4f(0), vec4f(1), rows < vec4u(end));
      if (params.norm == 1) {
        for (var l = 0u; l < OWN; l++) { counts[l] *= rstd[real[l]]; }
      }
      let at = I4 * real;
      let xa = mat4x4f(x[at.x + ca], x[at.y + ca], x[at.z + ca], x[at.w + ca]);
      let xb = mat4x4f(x[at.x + cb], x[at.y + cb], x[at.z + cb], x[at.w + cb]);
      for (var i = 0u; i < OUTPUTS; i++) {
        var d: array<vec4f, 4>;
        for (var l = 0u; l < OWN; l++) { d[l] = dy[real[l] * O4 + output[i]] * counts[l]; }
        for (var n = 0u; n < SHARED; n++) { d = exchanged(d[0]); }
        let dt = transpose(mat4x4f(d[0], d[1], d[2], d[3]));
        sum[8 * i + 0] += xa * dt[0];
        sum[8 * i + 1] += xb * dt[0];
        sum[8 * i + 2] += xa * dt[1];
        sum[8 * i + 3] += xb * dt[1];
        sum[8 * i + 4] += xa * dt[2];
        sum[8 * i + 5] += xb * dt[2];
        sum[8 * i + 6] += xa * dt[3];
        sum[8 * i + 7] += xb * dt[3];
      }
    }

    // A loop, and what is left moves up in it: code that stores compiles slowly.
    var scale = array(vec4f(1), vec4f(1));
    if (params.norm == 1) { scale = array(gain[ca], gain[cb]); }
    for (var i = 0u; i != OUTPUTS; i++) {
      if (firstOutput + i < O4) {
        for (var o = 0u; o != 4; o++) {
          let at = weightsBefore(expert) + ((chunk * O4 + firstOutput + i) * 4 + o) * I4 + column;
          if (column < I4) { store(at, sum[0] * scale[0], begin > start); }
          if (column + 1 < I4) { store(at + 1, sum[1] * scale[1], begin > start); }
          sum[0] = sum[2];
          sum[1] = sum[3];
          sum[2] = sum[4];
          sum[3] = sum[5];
          sum[4] = sum[6];
          sum[5] = sum[7];
        }
      }
      for (var j = 0u; j < AFTER; j++) { sum[j] = sum[j + 8]; }
    }
  }
}

fn intoInput(expert: u32, column: u32, rowsBefore: u32, lane: u32) {
  let range = rowsOf(expert);
  let R = range.y;
  let firstRow = range.x + rowsBefore;
  let I4 = params.I4;
  let O4 = params.O4;
  if (firstRow >= R) { return; }
  var dyRow: array<u32, BLOCKS>;
  for (var i = 0u; i < BLOCKS; i++) { dyRow[i] = min(firstRow + i * LANES + lane, R - 1) * O4; }
  let ca = min(column, I4 - 1);
  let cb = min(column + 1, I4 - 1);

  let before = weightsBefore(expert);
  var sum: array<vec4f, 2 * LANES * BLOCKS>;
  for (var k = 0u; k < O4; k++) {
    let a = before + 4 * k * I4 + ca;
    let wa = mat4x4f(weight[a], weight[a + I4], weight[a + 2 * I4], weight[a + 3 * I4]);
    let b = before + 4 * k * I4 + cb;
    let wb = mat4x4f(weight[b], weight[b + I4], weight[b + 2 * I4], weight[b + 3 * I4]);
    for (var i = 0u; i < BLOCKS; i++) {
      let values = exchanged(dy[dyRow[i] + k]);
      for (var l = 0u; l < LANES; l++) {
        sum[2 * (i * LANES + l)] += wa * values[l];
        sum[2 * (i * LANES + l) + 1] += wb * values[l];
      }
    }
  }

  for (var block = 0u; block != BLOCKS; block++) {
    for (var l = 0u; l != LANES; l++) {
      let row = firstRow + block * LANES + (lane ^ l);
      if (row < R && column < I4) {
        finish(row, column, sum[0]);
        if (column + 1 < I4) { finish(row, column + 1, sum[1]); }
      }
      for (var i = 0u; i < WITHIN; i++) { sum[i] = sum[i + 2]; }
    }
    for (var i = 0u; i < AHEAD; i++) { sum[i] = sum[i + 2 * LANES]; }
  }
}
