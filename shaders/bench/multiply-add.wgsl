// Multiplies and adds in registers: what the adapter's arithmetic allows.
//
//   p ← p · m + n, q ← q · m + n        16 · TURNS times
//
// Shapes    x, y (N) vec4
// Dispatch  one invocation per vec4: (N / 64, 1, 1)
// Writes    y

override TURNS: u32;

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let m = vec4f(0.5);
  let n = x[id.x];
  var p = vec4f(1.0);
  var q = vec4f(2.0);
  for (var turn = 0u; turn < TURNS; turn++) {
    let p0 = p * m + n;
    let p1 = p0 * m + n;
    let p2 = p1 * m + n;
    let p3 = p2 * m + n;
    let p4 = p3 * m + n;
    let p5 = p4 * m + n;
    let p6 = p5 * m + n;
    let p7 = p6 * m + n;
    let p8 = p7 * m + n;
    let p9 = p8 * m + n;
    let p10 = p9 * m + n;
    let p11 = p10 * m + n;
    let p12 = p11 * m + n;
    let p13 = p12 * m + n;
    let p14 = p13 * m + n;
    let p15 = p14 * m + n;
    let q0 = q * m + n;
    let q1 = q0 * m + n;
    let q2 = q1 * m + n;
    let q3 = q2 * m + n;
    let q4 = q3 * m + n;
    let q5 = q4 * m + n;
    let q6 = q5 * m + n;
    let q7 = q6 * m + n;
    let q8 = q7 * m + n;
    let q9 = q8 * m + n;
    let q10 = q9 * m + n;
    let q11 = q10 * m + n;
    let q12 = q11 * m + n;
    let q13 = q12 * m + n;
    let q14 = q13 * m + n;
    let q15 = q14 * m + n;
    p = p15;
    q = q15;
  }
  y[id.x] = p + q;
}
