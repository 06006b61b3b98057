// RMSNorm, backward, into its input and into its gain, in one launch. (linear.forward normalises.)
//
//   n[r,c]       = x[r,c] · rstd[r]
//   dx[r,c] (+)= rstd[r] · ( gain[c] · dy[r,c] − n[r,c] · mean_j( n[r,j] · gain[j] · dy[r,j] ) )
//   partial[s,c] = Σ_r dy[r,c] · n[r,c]          over the rows r of chunk s
//
// Of x's R' rows the first R were read; where they are not all, dx is 0 in the others. S is for the
// most rows that there may be: a chunk may have none, and its sums are 0.
//
// Shapes    x, dx (R', 4·C4)   dy (R, 4·C4)   gain (4·C4)   rstd (R)   partial (S, 4·C4)
//           row-major; columns from C on are 0
// Dispatch  (R' / WORKGROUP + S · C4 / WORKGROUP, 1, 1): one invocation per row of dx, then one per
//           chunk and vec4 of columns
// Writes    dx, accumulated where `add`, else overwritten; partial

override WORKGROUP: u32 = 16;

struct Params {
  C: u32,       // columns that count in the mean
  C4: u32,      // columns / 4, rounded up
  add: u32,
  chunks: u32,  // S
}

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       gain: array<vec4f>;
@group(0) @binding(2) var<storage, read>       rstd: array<f32>;
@group(0) @binding(3) var<storage, read>       dy: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(6) var<uniform>             params: Params;
@group(0) @binding(7) var<uniform>             rowRange: vec2u;      // 0, R'
@group(0) @binding(8) var<uniform>             readRange: vec2u;  // 0, R

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let ofRows = (rowRange.y + WORKGROUP - 1) / WORKGROUP;
  if (group.x < ofRows) {
    intoInput(group.x * WORKGROUP + index);
  } else {
    let at = (group.x - ofRows) * WORKGROUP + index;
    intoGain(at / params.C4, at % params.C4);
  }
}

fn intoInput(row: u32) {
  if (row >= rowRange.y) { return; }
  let C4 = params.C4;
  if (row >= readRange.y) {
    for (var c = 0u; c < C4; c++) { dx[row * C4 + c] = vec4f(); }
    return;
  }
  var products = vec4f();
  for (var c = 0u; c < C4; c++) { products += x[row * C4 + c] * gain[c] * dy[row * C4 + c]; }
  let scale = rstd[row];
  let along = dot(products, vec4f(1)) * scale * scale / f32(params.C);
  for (var c = 0u; c < C4; c++) {
    let at = row * C4 + c;
    var value = scale * (gain[c] * dy[at] - x[at] * along);
    if (params.add == 1) { value += dx[at]; }
    dx[at] = value;
  }
}

fn intoGain(chunk: u32, c: u32) {
  if (chunk >= params.chunks) { return; }
  let C4 = params.C4;
  let rows = (readRange.y + params.chunks - 1) / params.chunks;
  var sum = vec4f();
  let end = min(readRange.y, (chunk + 1) * rows);
  for (var r = chunk * rows; r < end; r++) { sum += dy[r * C4 + c] * x[r * C4 + c] * rstd[r]; }
  partial[chunk * C4 + c] = sum;
}
