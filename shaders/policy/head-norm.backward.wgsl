// RMSNorm of queries and keys, head by head, backward, into what was normalised and into both gains.
//
//   n̂[j]         = x[j] · rstd
//   dx[j]        = rstd · ( gain[j] · dn[j] − n̂[j] · mean_i( n̂[i] · gain[i] · dn[i] ) )   queries and keys
//   dx[j]        = dn[j]                                                                    values
//   partial[s,j] = Σ_{r,h} dn[r,h,j] · n̂[r,h,j]      over the rows r of chunk s, all heads h of the gain
//
// S is for the most rows that there may be: a chunk may have none, and its sums are 0.
//
// Shapes    x, dn, dx (R, H + 2·KV, D)   rstd (R, H + KV)   gains (D)   partials (S, D)   in vec4s: D4
//           rowRange: 0, R
// Dispatch  one invocation per row and head, then one per chunk, gain and vec4:
//           (R · (H + 2·KV) / WORKGROUP + S · 2 · D4 / WORKGROUP, 1, 1)
// Writes    dx (not accumulated); both partials

override H: u32;      // query heads
override KV: u32;     // key and value heads
override WIDTH: f32;  // numbers of a head that count in the mean
override S: u32;      // chunks
override WORKGROUP: u32 = 16;

const D4 = 2u;  // a head, in vec4s

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       queryGain: array<vec4f>;
@group(0) @binding(2) var<storage, read>       keyGain: array<vec4f>;
@group(0) @binding(3) var<storage, read>       rstd: array<f32>;
@group(0) @binding(4) var<storage, read>       dn: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> queryPartial: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> keyPartial: array<vec4f>;
@group(0) @binding(8) var<uniform>             rowRange: vec2u;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let ofRows = (rowRange.y * (H + 2 * KV) + WORKGROUP - 1) / WORKGROUP;
  if (group.x < ofRows) {
    intoHead(group.x * WORKGROUP + index);
  } else {
    let at = (group.x - ofRows) * WORKGROUP + index;
    intoGain(at / (2 * D4), at / D4 % 2, at % D4);
  }
}

fn intoHead(at: u32) {
  let row = at / (H + 2 * KV);
  let head = at % (H + 2 * KV);
  if (row >= rowRange.y) { return; }
  let origin = at * D4;
  if (head >= H + KV) {
    for (var d = 0u; d < D4; d++) { dx[origin + d] = dn[origin + d]; }
    return;
  }
  let scale = rstd[row * (H + KV) + head];
  var scaled: array<vec4f, D4>;
  var products = vec4f();
  for (var d = 0u; d < D4; d++) {
    scaled[d] = dn[origin + d] * select(keyGain[d], queryGain[d], head < H);
    products += x[origin + d] * scaled[d];
  }
  let along = dot(products, vec4f(1)) * scale * scale / WIDTH;
  for (var d = 0u; d < D4; d++) { dx[origin + d] = scale * (scaled[d] - x[origin + d] * along); }
}

fn intoGain(chunk: u32, ofKeys: u32, d: u32) {
  if (chunk >= S) { return; }
  let rows = (rowRange.y + S - 1) / S;
  let end = min(rowRange.y, (chunk + 1) * rows);
  let first = ofKeys * H;
  let last = select(H, H + KV, ofKeys == 1);
  var sum = vec4f();
  for (var r = chunk * rows; r < end; r++) {
    for (var h = first; h < last; h++) {
      let at = (r * (H + 2 * KV) + h) * D4 + d;
      sum += dn[at] * x[at] * rstd[r * (H + KV) + h];
    }
  }
  if (ofKeys == 1) {
    keyPartial[chunk * D4 + d] = sum;
  } else {
    queryPartial[chunk * D4 + d] = sum;
  }
}
