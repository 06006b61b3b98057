// Partial sums of every parameter's gradient, added up at the end of the backward pass.
//
//   dparams[i] += Σ_s partial[first + s · stride + i − origin]      in the order of s
//
// Shapes    partial (…) vec4   dparams (N) vec4
//           parts (N / 16): of each 16 vec4s of dparams: first, stride, how many, and how far into
//           its tensor the 16 begin, in vec4s
// Dispatch  one invocation per vec4 of dparams: (N / WORKGROUP, 1, 1)
// Writes    dparams, accumulated

override N: u32;
override WORKGROUP: u32 = 64;

struct Part {
  first: u32,
  stride: u32,
  count: u32,
  offset: u32,
}

@group(0) @binding(0) var<storage, read>       partial: array<vec4f>;
@group(0) @binding(1) var<storage, read>       parts: array<Part>;
@group(0) @binding(2) var<storage, read_write> dparams: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= N) { return; }
  let part = parts[id.x / 16];
  let offset = part.offset + id.x % 16;
  // The gap between two tensors, or a tensor that has no partial sums.
  if (part.count == 0 || offset >= part.stride) { return; }
  var sum = partial[part.first + offset];
  for (var s = 1u; s < part.count; s++) { sum += partial[part.first + s * part.stride + offset]; }
  dparams[id.x] += sum;
}
