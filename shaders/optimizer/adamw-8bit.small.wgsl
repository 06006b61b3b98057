// The tensors that 8-bit AdamW leaves in 32 bit (bitsandbytes, kOptimizer32bit2State), one step.
//
//   g ← g · factor
//   m ← β₁ m + (1 − β₁) g            v ← β₂ v + (1 − β₂) g²
//   p ← (p − stepSize · m / (√v + √(1 − β₂ᵗ) ε)) · (1 − lr · wd)
//
// Shapes    g, p (all vec4s)   m, v (N)   indices (N) = 2 · vec4 in g and p, + 1 if weight decay applies
// Dispatch  one vec4 per invocation: (⌈N / 64⌉, 1, 1)
// Writes    p, m, v; nothing when status says that the step is skipped

override N: u32;

struct Params {
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
  stepSize: f32,                 // lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ)
  epsilon: f32,                  // √(1 − β₂ᵗ) · ε
  keep: f32,                     // 1 − lr · wd
}

@group(0) @binding(0) var<storage, read>       g: array<vec4f>;
@group(0) @binding(1) var<storage, read>       status: array<f32, 3>;
@group(0) @binding(2) var<storage, read>       indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(6) var<uniform>             params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let j = id.x;
  let skipped = status[1] > 0.0;
  if (j >= N || skipped) { return; }

  let i = indices[j] / 2u;
  let decays = (indices[j] & 1u) == 1u;
  let gradient = g[i] * status[2];
  let first = params.beta1 * m[j] + params.oneMinusBeta1 * gradient;
  let second = params.beta2 * v[j] + params.oneMinusBeta2 * gradient * gradient;

  let stepped = p[i] - params.stepSize * (first / (sqrt(second) + params.epsilon));
  p[i] = stepped * select(1.0, params.keep, decays);
  m[j] = first;
  v[j] = second;
}
