// SGD without momentum, one step (torch.optim.SGD).
//
//   p ← p − lr · (factor · g + wd · p)
//
// Shapes    g, p (N)   decay (⌈N / 32⌉), one bit per vec4   status (3)      N in vec4s
// Dispatch  one vec4 per invocation: (⌈N / 64⌉, 1, 1)
// Writes    p; nothing when status says that the step is skipped

override N: u32;

struct Params {
  learningRate: f32,
  weightDecay: f32,
}

@group(0) @binding(0) var<storage, read>       g: array<vec4f>;
@group(0) @binding(1) var<storage, read>       status: array<f32, 3>;
@group(0) @binding(2) var<storage, read>       decay: array<u32>;
@group(0) @binding(3) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(4) var<uniform>             params: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  let skipped = status[1] > 0.0;
  if (i >= N || skipped) { return; }

  let decays = (decay[i / 32u] >> (i % 32u)) & 1u;
  let weightDecay = params.weightDecay * f32(decays);
  p[i] -= params.learningRate * (status[2] * g[i] + weightDecay * p[i]);
}
