// Partial sums of a parameter's gradient, added up.
//
//   dweight[i] += Σ_s partial[s,i]               in the order of s
//
// Shapes    partial (S, N)   dweight (N)                        N a multiple of 4
// Dispatch  one invocation per vec4 of dweight: (N / 4 / WORKGROUP, 1, 1)
// Writes    dweight, accumulated

override WORKGROUP: u32 = 16;

struct Params {
  S: u32,
  N4: u32,  // numbers / 4
}

@group(0) @binding(0) var<storage, read>       partial: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dweight: array<vec4f>;
@group(0) @binding(2) var<uniform>             params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= params.N4) { return; }
  var sum = partial[i];
  for (var s = 1u; s < params.S; s++) { sum += partial[s * params.N4 + i]; }
  dweight[i] += sum;
}
