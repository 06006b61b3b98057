// Token embedding, backward into its table.
//
//   dtable[v,c] += Σ_r dx[r,c]                   over the rows r whose token is v, in order
//
// The row of the padding token gets nothing, as with torch's padding_idx.
//
// Shapes    tokens (R) u32   dx (R, 4·C4)   dtable (V, 4·C4)    row-major
// Dispatch  one invocation per vec4 of dtable: (C4 / WX, V / WY, 1)
// Writes    dtable, accumulated

override R: u32;    // rows
override C4: u32;   // columns / 4, rounded up
override V: u32;    // vocabulary
override PAD: u32;  // the padding token; V when there is none
override WX: u32 = 8;
override WY: u32 = 8;

@group(0) @binding(0) var<storage, read>       tokens: array<u32>;
@group(0) @binding(1) var<storage, read>       dx: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dtable: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let v = id.y;
  if (id.x >= C4 || v >= V || v == PAD) { return; }
  var sum = vec4f();
  for (var r = 0u; r < R; r++) {
    if (tokens[r] == v) { sum += dx[r * C4 + id.x]; }
  }
  dtable[v * C4 + id.x] += sum;
}
