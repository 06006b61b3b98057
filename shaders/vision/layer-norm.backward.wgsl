// LayerNorm, backward, into its input and into gain and bias, in one launch.
//
//   n[r,c]         = (x[r,c] − mean[r]) · rstd[r]
//   g[r,c]         = gain[c] · dy[r,c]
//   dx[r,c] (+)=   rstd[r] · ( g[r,c] − mean_j( g[r,j] ) − n[r,c] · mean_j( n[r,j] · g[r,j] ) )
//   partial[s,0,c] = Σ_r dy[r,c] · n[r,c]          over the rows r of chunk s
//   partial[s,1,c] = Σ_r dy[r,c]
//
// Shapes    x, dy, dx (R, 4·C4)   gainBias (2, 4·C4)   stats (R, 2): mean, rstd   partial (CHUNKS, 2, 4·C4)
//           row-major; columns from C on are 0
// Dispatch  (R / WORKGROUP + CHUNKS · C4 / WORKGROUP, 1, 1): one invocation per row of dx, then one per
//           chunk and vec4 of columns
// Writes    dx, accumulated where ADD is 1, else overwritten; partial

override R: u32;
override C: u32;       // columns that count in the mean
override C4: u32;      // columns / 4, rounded up
override CHUNKS: u32;  // S
override ADD: u32;
override WORKGROUP: u32 = 16;

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       gainBias: array<vec4f>;
@group(0) @binding(2) var<storage, read>       stats: array<vec2f>;
@group(0) @binding(3) var<storage, read>       dy: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> partial: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let ofRows = (R + WORKGROUP - 1) / WORKGROUP;
  if (group.x < ofRows) {
    intoInput(group.x * WORKGROUP + index);
  } else {
    let at = (group.x - ofRows) * WORKGROUP + index;
    intoGainAndBias(at / C4, at % C4);
  }
}

fn intoInput(row: u32) {
  if (row >= R) { return; }
  let stat = stats[row];
  var sums = vec4f();
  var products = vec4f();
  for (var c = 0u; c < C4; c++) {
    // The gain of padding is 0.
    let g = gainBias[c] * dy[row * C4 + c];
    sums += g;
    products += g * (x[row * C4 + c] - stat.x);
  }
  let mean = dot(sums, vec4f(1)) / f32(C);
  let along = dot(products, vec4f(1)) * stat.y * stat.y / f32(C);
  for (var c = 0u; c < C4; c++) {
    let at = row * C4 + c;
    let own = stat.y * (gainBias[c] * dy[at] - mean - (x[at] - stat.x) * along);
    var value = select(vec4f(), own, vec4u(4 * c) + vec4u(0, 1, 2, 3) < vec4u(C));
    if (ADD == 1) { value += dx[at]; }
    dx[at] = value;
  }
}

fn intoGainAndBias(chunk: u32, c: u32) {
  if (chunk >= CHUNKS) { return; }
  let rows = (R + CHUNKS - 1) / CHUNKS;
  var dgain = vec4f();
  var dbias = vec4f();
  let end = min(R, (chunk + 1) * rows);
  for (var r = chunk * rows; r < end; r++) {
    let stat = stats[r];
    let own = dy[r * C4 + c];
    dgain += own * (x[r * C4 + c] - stat.x) * stat.y;
    dbias += own;
  }
  partial[chunk * 2 * C4 + c] = dgain;
  partial[(chunk * 2 + 1) * C4 + c] = dbias;
}
