// What the kernels share that multiply in tiles of workgroup memory, put before linear.*.workgroup.wgsl.
//
//   sum[m,n] = Σ_k left[k,m] · right[k,n]        begin ≤ k < end
//
// A workgroup makes 4·HIGH × 4·WIDE sums. For every DEPTH k's each of its 64 invocations brings one
// block of either operand, 4 k's of 4 numbers, into workgroup memory (`leftBlock` and `rightBlock`
// of the kernel: a column for each k); then each adds up its own 4·QUADS × 8 sums from there. Where
// that leaves too few invocations, SPLIT of them share the k's of the same sums.
//
// Each sum goes through its k's in order, SPLIT parts of every slice apart, and the parts are added
// in order: the same bits every time.

const QUADS = 2u;   // rows of an invocation, in vec4s
const SUMS = 16u;   // vec4s of an invocation: 8 · QUADS
const REST = 14u;   // SUMS − 2
const LAST = 15u;   // SUMS − 1
const WX = 8u;      // invocations along a row, each with 2 vec4s of it
const WY = 8u;      // invocations along a column
const SPLIT = 1u;   // invocations of the same sums: WX · WY · SPLIT = 64
const SHARED = 0u;  // 1: SPLIT > 1
const DEPTH = 16u;  // k's of a slice

const HIGH = QUADS * WY;  // rows of a tile, in vec4s
const WIDE = 2 * WX;      // columns of a tile, in vec4s
const DEEP = DEPTH / 4;   // blocks along k

struct Tile {
  row: u32,          // first of the rows, in vec4s
  column: u32,       // first of the columns, as the kernel counts them
  begin: u32,        // k's, begin a multiple of 4
  end: u32,
  leftAlong: bool,   // in memory the operand's k's are neighbours; false: its rows or columns are
  rightAlong: bool,
  expert: u32,       // whose rows and weight they are
}

var<workgroup> left: array<vec4f, DEPTH * HIGH>;
var<workgroup> right: array<vec4f, DEPTH * WIDE>;

/** Which block an invocation brings, (of `across` vec4s, along k): neighbours read neighbours. */
fn blockOf(index: u32, across: u32, along: bool) -> vec2u {
  if (along) { return vec2u(index / DEEP, index % DEEP); }
  return vec2u(index % across, index / across);
}

/** Row of an invocation's i-th pair of sums. */
fn rowOf(tile: Tile, local: vec3u, i: u32) -> u32 {
  return 4 * (tile.row + i / 4 * WY + local.y) + i % 4;
}

/** Adds to an invocation's sums, a row's two vec4s after the other; whole only where local.z is 0. */
fn multiply(tile: Tile, local: vec3u, index: u32, sum: ptr<function, array<vec4f, SUMS>>) {
  let ofLeft = blockOf(index, HIGH, tile.leftAlong);
  let ofRight = blockOf(index, WIDE, tile.rightAlong);
  for (var k = tile.begin; k < tile.end; k += DEPTH) {
    if (index < HIGH * DEEP) {
      let block = leftBlock(tile, ofLeft.x, k + 4 * ofLeft.y);
      let at = 4 * ofLeft.y * HIGH + ofLeft.x;
      left[at] = block[0];
      left[at + HIGH] = block[1];
      left[at + 2 * HIGH] = block[2];
      left[at + 3 * HIGH] = block[3];
    }
    if (index < WIDE * DEEP) {
      let block = rightBlock(tile, ofRight.x, k + 4 * ofRight.y);
      let at = 4 * ofRight.y * WIDE + ofRight.x;
      right[at] = block[0];
      right[at + WIDE] = block[1];
      right[at + 2 * WIDE] = block[2];
      right[at + 3 * WIDE] = block[3];
    }
    workgroupBarrier();
    for (var s = 0u; s < DEPTH / SPLIT; s++) {
      let at = local.z * (DEPTH / SPLIT) + s;
      let first = right[at * WIDE + local.x];
      let second = right[at * WIDE + WX + local.x];
      for (var q = 0u; q < QUADS; q++) {
        let rows = left[at * HIGH + q * WY + local.y];
        (*sum)[8 * q + 0] += rows.x * first;
        (*sum)[8 * q + 1] += rows.x * second;
        (*sum)[8 * q + 2] += rows.y * first;
        (*sum)[8 * q + 3] += rows.y * second;
        (*sum)[8 * q + 4] += rows.z * first;
        (*sum)[8 * q + 5] += rows.z * second;
        (*sum)[8 * q + 6] += rows.w * first;
        (*sum)[8 * q + 7] += rows.w * second;
      }
    }
    workgroupBarrier();
  }

  for (var n = 0u; n < SHARED; n++) {
    let at = local.y * WX + local.x;
    for (var part = 1u; part != SPLIT; part++) {
      if (local.z == part) {
        for (var i = 0u; i < SUMS; i++) { right[i * WX * WY + at] = (*sum)[i]; }
      }
      workgroupBarrier();
      if (local.z == 0) {
        for (var i = 0u; i < SUMS; i++) { (*sum)[i] += right[i * WX * WY + at]; }
      }
      workgroupBarrier();
    }
  }
}
