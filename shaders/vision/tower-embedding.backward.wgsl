// What enters a vision tower, backward into the patches, the class token and the positions.
//
//   dtable[1+s]  += Σ_m dx[m,s]          in the order of m
//   dtable[0]    += Σ_m dx[m,0]
//   dpatches[m,n] = dx[m,1+n]
//
// Shapes    dx (M, S, 4·C4)   dpatches (M, S − 1, 4·C4)   dtable (1 + S, 4·C4)
// Dispatch  one invocation per position and vec4: (C4 / WX, S / WY, 1)
// Writes    dtable, accumulated; dpatches (not accumulated)

override M: u32;   // pictures
override S: u32;   // tokens of a picture
override C4: u32;  // channels / 4, rounded up
override WX: u32 = 4;
override WY: u32 = 4;

@group(0) @binding(0) var<storage, read>       dx: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dpatches: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dtable: array<vec4f>;

@compute @workgroup_size(WX, WY)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  let s = id.y;
  if (c >= C4 || s >= S) { return; }
  var sum = vec4f();
  for (var m = 0u; m < M; m++) {
    let value = dx[(m * S + s) * C4 + c];
    sum += value;
    if (s > 0) { dpatches[(m * (S - 1) + s - 1) * C4 + c] = value; }
  }
  dtable[(1 + s) * C4 + c] += sum;
  if (s == 0) { dtable[c] += sum; }
}
