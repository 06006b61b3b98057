// Linear, forward, in tiles of workgroup memory (linear.tile.wgsl, linear.forward.wgsl): left is n,
// right the weight. The norm's 1 / sqrt comes after the sums; who brings a block adds up its squares.
//
// Dispatch  one workgroup per tile of 4·HIGH rows × WX pairs of vec4s: (O / tile, most rows / tile, experts)

/** Of the four rows whose blocks the invocation brings. */
var<private> squares: vec4f;

fn leftBlock(tile: Tile, quad: u32, k: u32) -> mat4x4f {
  // A ragged tile reads its last row or column again and does not store it.
  if (k >= tile.end) { return mat4x4f(); }
  let rows = rowsOf(tile.expert);
  let row = rows.x + 4 * (tile.row + quad);
  let last = rows.y - 1;
  let at = k / 4;
  var block = mat4x4f(
    x[min(row, last) * params.I4 + at],
    x[min(row + 1, last) * params.I4 + at],
    x[min(row + 2, last) * params.I4 + at],
    x[min(row + 3, last) * params.I4 + at],
  );
  for (var n = 0u; n < NORM; n++) {
    squares += vec4f(
      dot(block[0], block[0]),
      dot(block[1], block[1]),
      dot(block[2], block[2]),
      dot(block[3], block[3]),
    );
    let scale = gain[at];
    block = mat4x4f(block[0] * scale, block[1] * scale, block[2] * scale, block[3] * scale);
  }
  return transpose(block);
}

fn rightBlock(tile: Tile, quad: u32, k: u32) -> mat4x4f {
  if (k >= tile.end) { return mat4x4f(); }
  let I4 = params.I4;
  let column = firstOf(tile.column + quad % WX) + quad / WX * params.distance;
  let at = weightsBefore(tile.expert) + 4 * min(column, params.O4 - 1) * I4 + k / 4;
  return transpose(mat4x4f(weight[at], weight[at + I4], weight[at + 2 * I4], weight[at + 3 * I4]));
}

@compute @workgroup_size(WX, WY, SPLIT)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let rows = rowsOf(group.z);
  let R = rows.y;
  if (rows.x + 4 * group.y * HIGH >= R) { return; }
  let tile = Tile(group.y * HIGH, group.x * WX, 0, 4 * params.I4, true, true, group.z);
  var sum: array<vec4f, SUMS>;
  multiply(tile, local, index, &sum);

  for (var n = 0u; n < NORM; n++) {
    let block = blockOf(index, HIGH, true);
    if (index < HIGH * DEEP) { left[block.y * HIGH + block.x] = squares; }
    workgroupBarrier();
    for (var q = 0u; q < QUADS; q++) {
      var total = vec4f();
      for (var k = 0u; k < DEEP; k++) { total += left[k * HIGH + q * WY + local.y]; }
      // 1 / sqrt, not inverseSqrt, which may be an estimate.
      let scale = 1 / sqrt(total / params.width + params.eps);
      if (group.x == 0 && local.x == 0 && local.z == 0) {
        for (var l = 0u; l < 4; l++) {
          let row = rows.x + rowOf(tile, local, 4 * q + l);
          if (row < R) { rstd[row] = scale[l]; }
        }
      }
      sum[8 * q + 0] *= scale.x;
      sum[8 * q + 1] *= scale.x;
      sum[8 * q + 2] *= scale.y;
      sum[8 * q + 3] *= scale.y;
      sum[8 * q + 4] *= scale.z;
      sum[8 * q + 5] *= scale.z;
      sum[8 * q + 6] *= scale.w;
      sum[8 * q + 7] *= scale.w;
    }
  }

  let column = firstOf(tile.column + local.x);
  if (local.z > 0 || column >= params.O4) { return; }
  // What is left moves up: an array stays in registers only where every index is a literal.
  for (var i = 0u; i != 4 * QUADS; i++) {
    let row = rows.x + rowOf(tile, local, i);
    if (row < R) { finish(group.z, row, column, sum[0], sum[1]); }
    for (var j = 0u; j < REST; j++) { sum[j] = sum[j + 2]; }
  }
}
