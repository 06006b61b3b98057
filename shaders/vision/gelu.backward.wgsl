// GELU of either kind, backward (see lib/gelu.wgsl).
//
//   dx[i] = dy[i] · ( Φ(x) + x · exp(−x² / 2) / √(2π) )          where QUICK is 0
//   dx[i] = dy[i] · σ · ( 1 + 1.702 · x · (1 − σ) )              σ = σ(1.702 · x)
//
// Shapes    x, dy, dx (4·N4)
// Dispatch  one invocation per vec4: (N4 / WORKGROUP, 1, 1)
// Writes    dx (not accumulated)

override N4: u32;
override WORKGROUP: u32 = 64;

@group(0) @binding(0) var<storage, read>       x: array<vec4f>;
@group(0) @binding(1) var<storage, read>       dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= N4) { return; }
  let own = x[id.x];
  if (QUICK == 1) {
    let s = sigmoid(own);
    dx[id.x] = dy[id.x] * s * (1 + STEEPNESS * own * (1 - s));
  } else {
    let density = exp(-min(0.5 * own * own, vec4f(80))) * 0.39894228;
    dx[id.x] = dy[id.x] * (normal(own) + own * density);
  }
}
