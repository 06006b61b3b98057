// The reference policy follows the trained one (TRL: SyncRefModelCallback).
//
//   reference[i] ← (1 − mixup) · reference[i] + mixup · params[i]
//
// Shapes    params, reference (LENGTH), in vec4s
// Dispatch  one thread per vec4: (⌈LENGTH / 4 / 64⌉, 1, 1)
// Writes    reference

@group(0) @binding(0) var<storage, read>       params: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> reference: array<vec4f>;
@group(0) @binding(2) var<uniform>             mixup: f32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= arrayLength(&reference)) { return; }
  reference[id.x] = (1.0 - mixup) * reference[id.x] + mixup * params[id.x];
}
