// Lion, one step (Chen et al., "Symbolic discovery of optimization algorithms", 2023, program 1).
//
//   g ← g · factor
//   p ← p − lr · (sign(β₁ m + (1 − β₁) g) + wd · p)
//   m ← β₂ m + (1 − β₂) g
//
// Shapes    g, p, m (N)   decay (⌈N / 32⌉), one bit per vec4   status (3)      N in vec4s
// Dispatch  one vec4 per invocation: (⌈N / 64⌉, 1, 1)
// Writes    p, m; nothing when status says that the step is skipped

override N: u32;

struct Params {
  learningRate: f32,
  weightDecay: f32,
  beta1: f32,
  oneMinusBeta1: f32,
  beta2: f32,
  oneMinusBeta2: f32,
}

@group(0) @binding(0) var<storage, read>       g: array<vec4f>;
@group(0) @binding(1) var<storage, read>       status: array<f32, 3>;
@group(0) @binding(2) var<storage, read>       decay: array<u32>;
@group(0) @binding(3) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(5) var<uniform>             params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let skipped = status[1] > 0.0;
  if (i >= N || skipped) { return; }

  let decays = (decay[i / 32u] >> (i % 32u)) & 1u;
  let weightDecay = params.weightDecay * f32(decays);
  let gradient = g[i] * status[2];
  let direction = sign(params.beta1 * m[i] + params.oneMinusBeta1 * gradient);
  p[i] -= params.learningRate * (direction + weightDecay * p[i]);
  m[i] = params.beta2 * m[i] + params.oneMinusBeta2 * gradient;
}
