// Block-wise quantisation by a dynamic map and back, alone: what the 8-bit optimizers do to their
// moments, for the checks against bitsandbytes.
//
//   code[i]     = nearest entry of the map to x[i] / absmax[i / 256]
//   restored[i] = map[code[i]] · absmax[i / 256]
//
// Shapes    x, code, restored (N)   absmax (⌈N / 256⌉)   maps (512)
// Dispatch  one element per invocation: (⌈N / 64⌉, 1, 1)
// Writes    code, restored

override N: u32;
override MAP: u32;               // SIGNED or UNSIGNED

@group(0) @binding(0) var<storage, read>       x: array<f32>;
@group(0) @binding(1) var<storage, read>       absmax: array<f32>;
@group(0) @binding(2) var<storage, read>       maps: array<f32, 512>;
@group(0) @binding(3) var<storage, read_write> code: array<u32>;
@group(0) @binding(4) var<storage, read_write> restored: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= N) { return; }
  let scale = absmax[i / 256u];
  let nearest = nearestCode(MAP, x[i] / scale);
  code[i] = nearest;
  restored[i] = maps[MAP + nearest] * scale;
}
