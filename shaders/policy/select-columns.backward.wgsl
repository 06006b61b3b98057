// The columns that are scored, backward: their gradient put back, zero elsewhere.
//
//   dx[b,t] = dy[b, t − HEAD]  where t ≥ HEAD,  0 before
//
// Shapes    dy (B, K, 4·C4)   dx (B, T, 4·C4)                   K = T − HEAD
// Dispatch  one invocation per vec4 of dx: (C4 / WX, B·T / WY, 1)
// Writes    dx (not accumulated)

override B: u32;     // sequences
override T: u32;     // columns
override HEAD: u32;  // first column taken
override C4: u32;    // width / 4, rounded up
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       dy: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= C4 || id.y >= B * T) { return; }
  let t = id.y % T;
  var value = vec4f();
  if (t >= HEAD) { value = dy[(id.y / T * (T - HEAD) + t - HEAD) * C4 + id.x]; }
  dx[id.y * C4 + id.x] = value;
}
