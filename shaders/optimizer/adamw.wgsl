// AdamW, one step (torch.optim.AdamW).
//
//   g ← g · factor
//   m ← m + (1 − β₁)(g − m)         v ← β₂ v + (1 − β₂) g²
//   p ← p − lr · wd · p − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
//
// Shapes    g, p, m, v (N)   decay (⌈N / 32⌉), one bit per vec4   status (3)      N in vec4s
// Dispatch  one vec4 per invocation: (⌈N / 64⌉, 1, 1)
// Writes    p, m, v; nothing when status says that the step is skipped

override N: u32;

struct Params {
  lrDecay: f32,                  // lr · wd
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
  stepSize: f32,                 // lr / (1 − β₁ᵗ)
  rootCorrection2: f32,          // √(1 − β₂ᵗ)
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read>       g: array<vec4f>;
@group(0) @binding(1) var<storage, read>       status: array<f32, 3>;
@group(0) @binding(2) var<storage, read>       decay: array<u32>;
@group(0) @binding(3) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(6) var<uniform>             params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let skipped = status[1] > 0.0;
  if (i >= N || skipped) { return; }

  let gradient = g[i] * status[2];
  let first = m[i] + params.oneMinusBeta1 * (gradient - m[i]);
  let second = params.beta2 * v[i] + params.oneMinusBeta2 * gradient * gradient;
  let decays = (decay[i / 32u] >> (i % 32u)) & 1u;

  let step = params.stepSize * first / (sqrt(second) / params.rootCorrection2 + params.epsilon);
  p[i] -= params.lrDecay * f32(decays) * p[i] + step;
  m[i] = first;
  v[i] = second;
}
