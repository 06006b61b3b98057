// The rows that go on, packed for the next token: those that have ended cost nothing from here on.
//
//   row i of the pass is the i-th row of the batch that has not ended: live[i]
//
// Its token is the newest; positions[i] is that token's position in its sequence, and the row of its
// part of the key-value cache where the token's key and value go. Each part of the cache, `most` rows of
// the batch, has its own range: the i's whose rows are in it.
//
// Shapes    lastColumn (1)   start, ended, next (B)   tokens, live (B)   positions (B, 2)
//           rowRanges (1 + parts, 2·RANGE_STRIDE), the first two numbers used: of all rows, then of
//           each part
// Dispatch  (1, 1, 1)
// Writes    lastColumn + 1: the column of these tokens; tokens, live, positions, rowRanges

override B: u32;         // rows
override CAPACITY: u32;  // columns of the cache
override MOST: u32;      // rows of a part
override RANGE_STRIDE: u32;  // from one range to the next, in vec2s

const WORKGROUP = 64u;

@group(0) @binding(0) var<storage, read_write> lastColumn: array<u32>;
@group(0) @binding(1) var<storage, read>       start: array<u32>;
@group(0) @binding(2) var<storage, read>       ended: array<u32>;
@group(0) @binding(3) var<storage, read>       next: array<u32>;
@group(0) @binding(4) var<storage, read_write> tokens: array<u32>;
@group(0) @binding(5) var<storage, read_write> live: array<u32>;
@group(0) @binding(6) var<storage, read_write> positions: array<vec2u>;
@group(0) @binding(7) var<storage, read_write> rowRanges: array<vec2u>;

/** How many rows go on in the share of each invocation. */
var<workgroup> counts: array<u32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) index: u32) {
  let share = (B + WORKGROUP - 1) / WORKGROUP;
  let first = min(B, index * share);
  let end = min(B, first + share);
  let column = lastColumn[0] + 1;

  var count = 0u;
  for (var row = first; row < end; row++) { count += select(0u, 1u, ended[row] == 0); }
  counts[index] = count;
  workgroupBarrier();
  storageBarrier();  // all have read the column
  var i = 0u;
  for (var before = 0u; before < index; before++) { i += counts[before]; }

  for (var row = first; row < end; row++) {
    let part = row / MOST;
    if (row % MOST == 0) {
      rowRanges[(1 + part) * RANGE_STRIDE].x = i;
      if (part > 0) { rowRanges[part * RANGE_STRIDE].y = i; }
    }
    if (ended[row] == 0) {
      tokens[i] = next[row];
      live[i] = row;
      positions[i] = vec2u(column - start[row], row % MOST * CAPACITY + column);
      i++;
    }
  }
  if (index == WORKGROUP - 1) {
    rowRanges[0] = vec2u(0, i);
    rowRanges[(1 + (B - 1) / MOST) * RANGE_STRIDE].y = i;
    lastColumn[0] = column;
  }
}
