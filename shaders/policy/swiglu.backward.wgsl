// SwiGLU, backward.
//
//   σ            = 1 / (1 + exp(−gate))
//   dgate[r,f] = dh[r,f] · up[r,f] · σ · (1 + gate[r,f] · (1 − σ))
//   dup[r,f]   = dh[r,f] · gate[r,f] · σ
//
// Shapes    gateUp, dgateUp (R, 2·4·F4): gate, then up   dh (R, 4·F4)     row-major
// Dispatch  one invocation per vec4 of dh: (F4 / WX, R / WY, 1)
// Writes    dgateUp (not accumulated)

override R: u32;   // rows
override F4: u32;  // hidden width / 4, rounded up
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       gateUp: array<vec4f>;
@group(0) @binding(1) var<storage, read>       dh: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dgateUp: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= F4 || id.y >= R) { return; }
  let at = id.y * 2 * F4 + id.x;
  let gate = gateUp[at];
  let up = gateUp[at + F4];
  let d = dh[id.y * F4 + id.x];
  let sigmoid = 1 / (1 + exp(min(-gate, vec4f(80))));
  dgateUp[at] = d * up * sigmoid * (1 + gate * (1 - sigmoid));
  dgateUp[at + F4] = d * gate * sigmoid;
}
