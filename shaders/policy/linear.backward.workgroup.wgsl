// Linear, backward, in tiles of workgroup memory (linear.tile.wgsl, linear.backward.wgsl):
//
//   into the weight   left dy, right n, k the rows of a chunk; the sums' rows are outputs
//   into the input    left dy, right the weight, k the outputs; the sums' rows are rows
//
// Dispatch  (I / tile, S · O / tile + most rows / tile, experts) workgroups: the first S · O / tile rows of the
//           grid are the weight's, chunk by chunk, the rest the input's

/** Only the input's product has dy's numbers of a row, its k's, side by side. */
fn ofWeight(tile: Tile) -> bool { return !tile.leftAlong; }

fn leftBlock(tile: Tile, quad: u32, k: u32) -> mat4x4f {
  // A ragged tile reads its last row or column again and does not store it.
  let O4 = params.O4;
  if (ofWeight(tile)) {
    let output = min(tile.row + quad, O4 - 1);
    return mat4x4f(
      scaled(k, tile.end, output),
      scaled(k + 1, tile.end, output),
      scaled(k + 2, tile.end, output),
      scaled(k + 3, tile.end, output),
    );
  }
  if (k >= tile.end) { return mat4x4f(); }
  let rows = rowsOf(tile.expert);
  let row = rows.x + 4 * (tile.row + quad);
  let last = rows.y - 1;
  return transpose(mat4x4f(
    dy[min(row, last) * O4 + k / 4],
    dy[min(row + 1, last) * O4 + k / 4],
    dy[min(row + 2, last) * O4 + k / 4],
    dy[min(row + 3, last) * O4 + k / 4],
  ));
}

/** Four numbers of dy with the scale of the input's row; 0 past the end. */
fn scaled(r: u32, end: u32, output: u32) -> vec4f {
  if (r >= end) { return vec4f(); }
  var value = dy[r * params.O4 + output];
  if (params.norm == 1) { value *= rstd[r]; }
  return value;
}

fn rightBlock(tile: Tile, quad: u32, k: u32) -> mat4x4f {
  let I4 = params.I4;
  let column = min(tile.column + quad, I4 - 1);
  if (ofWeight(tile)) {
    let last = tile.end - 1;
    return mat4x4f(
      x[min(k, last) * I4 + column],
      x[min(k + 1, last) * I4 + column],
      x[min(k + 2, last) * I4 + column],
      x[min(k + 3, last) * I4 + column],
    );
  }
  if (k >= tile.end) { return mat4x4f(); }
  let at = weightsBefore(tile.expert) + k * I4 + column;
  return mat4x4f(weight[at], weight[at + I4], weight[at + 2 * I4], weight[at + 3 * I4]);
}

@compute @workgroup_size(WX, WY, SPLIT)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let I4 = params.I4;
  let outputs = 4 * params.O4;
  let before = params.tall * params.chunks;
  let chunk = group.y / params.tall;
  let intoWeight = group.y < before;
  let rows = rowsOf(group.z);
  var tile = Tile((group.y - before) * HIGH, group.x * WIDE, 0, outputs, true, false, group.z);
  var height = rows.y - rows.x;
  var longest = outputs;
  if (intoWeight) {
    let start = rows.x + chunk * chunkRows(rows);
    let end = min(rows.y, start + chunkRows(rows));
    tile = Tile(group.y % params.tall * HIGH, group.x * WIDE, start, end, false, false, group.z);
    height = outputs;
    longest = LONGEST;
  } else if (4 * tile.row >= height) {
    return;
  }

  let first = tile.begin;
  let last = tile.end;
  let columns = tile.column + vec2u(local.x, WX + local.x);
  var sum: array<vec4f, SUMS>;
  for (var begin = first; begin < max(last, first + 1); begin += longest) {
    for (var j = 0u; j < SUMS; j++) { sum[j] = vec4f(); }
    tile.begin = begin;
    tile.end = min(last, begin + longest);
    multiply(tile, local, index, &sum);
    if (local.z == 0) {
      // What is left moves up: an array stays in registers only where every index is a literal.
      for (var i = 0u; i != 4 * QUADS; i++) {
        let row = rowOf(tile, local, i);
        for (var half = 0u; half != 2; half++) {
          let column = columns[half];
          if (row < height && column < I4) {
            if (intoWeight) {
              var value = sum[0];
              if (params.norm == 1) { value *= gain[column]; }
              let at = weightsBefore(group.z) + (chunk * outputs + row) * I4 + column;
              store(at, value, begin > first);
            } else {
              finish(rows.x + row, column, sum[0]);
            }
          }
          for (var j = 0u; j < LAST; j++) { sum[j] = sum[j + 1]; }
        }
      }
    }
  }
}
