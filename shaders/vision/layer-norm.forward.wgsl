// LayerNorm, forward.
//
//   y[r,c] = (x[r,c] − mean[r]) · rstd[r] · gain[c] + bias[c]
//   mean[r] = Σ_c x[r,c] / C      rstd[r] = 1 / sqrt( Σ_c (x[r,c] − mean[r])² / C + EPS )
//
// Shapes    x, y (R, 4·C4)   gainBias (2, 4·C4): gain, then bias   stats (R, 2): mean, rstd
//           row-major; columns from C on are 0
// Dispatch  one invocation per row: (R / WORKGROUP, 1, 1)
// Saves     stats, which the backward pass reads
// Writes    y

override R: u32;
override C: u32;   // columns that count in the mean
override C4: u32;  // columns / 4, rounded up
override EPS: f32;
override WORKGROUP: u32 = 16;

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       gainBias: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> stats: array<vec2f>;

/** x less its mean, 0 where a column is padding. */
fn centred(at: u32, c: u32, mean: f32) -> vec4f {
  return select(vec4f(), x[at + c] - mean, vec4u(4 * c) + vec4u(0, 1, 2, 3) < vec4u(C));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= R) { return; }
  let at = id.x * C4;
  var sums = vec4f();
  for (var c = 0u; c < C4; c++) { sums += x[at + c]; }
  let mean = dot(sums, vec4f(1)) / f32(C);
  var squares = vec4f();
  for (var c = 0u; c < C4; c++) {
    let own = centred(at, c, mean);
    squares += own * own;
  }
  // 1 / sqrt, not inverseSqrt, which may be an estimate.
  let rstd = 1 / sqrt(dot(squares, vec4f(1)) / f32(C) + EPS);
  for (var c = 0u; c < C4; c++) {
    y[at + c] = centred(at, c, mean) * rstd * gainBias[c] + gainBias[C4 + c];
  }
  stats[id.x] = vec2f(mean, rstd);
}
